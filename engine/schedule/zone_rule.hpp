// The rule by which a zone's clocks go on changing after the last transition that the tz database lists:
// the footer of a compiled tz file, "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 9636, 3.3; POSIX, "TZ").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.hpp"

namespace holdfast {

struct ZoneRule {
    // A day of the year and a time of that day, on the clocks as they are before the change.
    struct Change {
        enum class Kind : std::uint8_t { MonthWeekDay, DayFromOne, DayFromZero } kind = Kind::MonthWeekDay;
        int month = 1, week = 1, weekday = 0;   // MonthWeekDay; the fifth week is the last.
        int day = 0;                            // DayFromOne: 1 to 365, never 29 February. DayFromZero: 0 to 365.
        std::chrono::seconds time{7200};
    };
    std::string standard_name, summer_name;
    std::chrono::seconds standard{0}, summer{0};   // Offsets east of UTC.
    Change to_summer, to_standard;

    struct Moment {
        Instant at;
        std::chrono::seconds offset;
        std::string name;
    };
    // The two changes of a year, in order.
    std::vector<Moment> changes_in(std::chrono::year year) const;
};

// Returns nothing for a text that is no rule, and for a rule without summer time (nothing ever changes then).
std::optional<ZoneRule> parse_zone_rule(std::string_view text);

}  // namespace holdfast
