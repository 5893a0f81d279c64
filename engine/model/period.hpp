// A span of time as a person writes it in a policy: "30d", "26h", "3mo". Months are calendar months,
// so a Period becomes a Duration only when it is anchored (engine/schedule/calendar.hpp).
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.hpp"

namespace holdfast {

struct Period {
    int months = 0;       // 0 or more; "1y" is 12.
    Duration rest{0};     // What is not months.

    bool is_zero() const { return months == 0 && rest == Duration(0); }
    bool operator==(const Period&) const = default;
};

// Reads "3mo", "1y", "30d", "1h30m", "3mo15d". Nothing for a bare number, an unknown unit or a negative one.
std::optional<Period> parse_period(std::string_view text);
std::string to_text(const Period& period);

// A bound for comparing periods without an anchor: months count as 28 and as 31 days.
Duration shortest(const Period& period);
Duration longest(const Period& period);

}  // namespace holdfast
