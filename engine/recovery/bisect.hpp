// Finds the last place in a row of states at which an answer is yes, with few questions. Pure: it asks through a function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace holdfast {

enum class Answer : std::uint8_t {
    Yes,
    No,
    Unknown,   // The state cannot be asked; its neighbours are.
};

struct Bisection {
    std::optional<std::size_t> last_yes;
    std::optional<std::size_t> first_no;    // The nearest No behind it. Nothing: the newest that can be asked says yes.
    std::optional<bool> oldest;             // What the oldest says that can be asked; nothing: none can.
    bool several_changes = false;           // Seen to go from yes to no more than once: `last_yes` is before one of them.
};

// States are numbered from 0, the oldest. Both ends are asked first; where both say no, all others are, until one says
// yes. Then it bisects, which finds one change from yes to no; where there are several, the last of those that it saw. `ask` is called once per state.
// `searched_most`: where both ends say no, so many others at most are asked for a first yes.
Bisection find_last_yes(std::size_t count, const std::function<Answer(std::size_t)>& ask, std::size_t searched_most = SIZE_MAX);

}  // namespace holdfast
