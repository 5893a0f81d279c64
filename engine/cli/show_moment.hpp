// What `find` looked at, and the moment that it found, as text for people.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/find_moment.hpp"

namespace holdfast {

// One line for one state that was asked.
std::string answer_line(const StateAnswer& answer, Console& console);
std::string moment_text(const MomentFound& moment, Console& console);

}  // namespace holdfast
