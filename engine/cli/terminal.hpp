// The person at the other end: whether there is one, and how they answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/cancel.hpp"

namespace holdfast {

bool is_terminal(int descriptor);
// Colour is wanted: a terminal, NO_COLOR unset or empty, TERM not "dumb".
bool wants_colour(int descriptor);
// Columns of the terminal at `descriptor`; 100 where it cannot tell.
std::size_t terminal_columns(int descriptor);

// Writes `prompt` to standard error and reads one line from standard input. Nothing at the end of input.
// Throws Error{Cancelled} when `cancel` is asked for meanwhile.
std::optional<std::string> read_answer(std::string_view prompt, const CancelToken& cancel);

}  // namespace holdfast
