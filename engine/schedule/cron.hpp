// Five-field cron lines: minute, hour, day of month, month, day of week, on the wall clock of a zone.
// Names, ranges, steps and lists as in POSIX and Vixie cron; where both day fields are restricted either
// one suffices (POSIX). Beyond that `L` (last day of the month), `5L` or `FriL` (last Friday), `Mon#2`
// (second Monday), and @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually.
//
// A line that could never run (31 February) is no line.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/schedule/zone.hpp"

namespace holdfast {

struct CronProblem {
    int column = 1;        // From 1, in the line.
    std::string reason;    // "there is no minute 60".
    std::string fix;       // "Minutes go from 0 to 59."
    bool operator==(const CronProblem&) const = default;
};

class Cron {
public:
    static std::variant<Cron, CronProblem> parse(std::string_view line);
    // Throws Error{Usage} that shows the line and the place.
    static Cron require(std::string_view line);

    const std::string& line() const { return line_; }

    // The first run strictly after `after`; the last run at or before `at`. Nothing beyond the years 1970 to 2199.
    std::optional<Instant> next(const TimeZone& zone, Instant after) const;
    std::optional<Instant> previous(const TimeZone& zone, Instant at) const;

    // Wall-clock matches strictly after or before; nothing beyond the same years.
    std::optional<LocalTime> next_local(LocalTime after) const;
    std::optional<LocalTime> previous_local(LocalTime before) const;
    bool matches(LocalTime minute) const;

    // What it means: "at 02:00 on Monday to Saturday".
    std::string explain() const;

    // Sentences about runs that fall into an hour that the zone's clocks skip or repeat within a year after
    // `from`; empty where none does.
    std::vector<std::string> dst_warnings(const TimeZone& zone, Instant from) const;

    bool operator==(const Cron&) const = default;

private:
    friend class CronReader;
    friend class CronWords;

    // One of the lists in a field as it was written: a value, a range, a step.
    struct Part {
        enum class Kind : std::uint8_t { Any, Value, Range, LastDay, LastWeekday, NthWeekday } kind = Kind::Any;
        int first = 0, last = 0, step = 1;    // NthWeekday: `step` is the number.
        bool operator==(const Part&) const = default;
    };

    // The days of a month that match, as bits 1 to 31.
    std::uint32_t days_of(std::chrono::year_month month) const;

    std::string line_;
    std::uint64_t minutes_ = 0;       // Bits 0 to 59.
    std::uint32_t hours_ = 0;         // Bits 0 to 23.
    std::uint32_t days_ = 0;          // Bits 1 to 31.
    std::uint32_t months_ = 0;        // Bits 1 to 12.
    std::uint32_t weekdays_ = 0;      // Bits 0 (Sunday) to 6.
    std::uint32_t last_weekdays_ = 0;               // The last such weekday of the month.
    std::array<std::uint32_t, 6> nth_weekdays_{};   // [n]: the n-th such weekday.
    bool last_day_ = false;
    bool any_day_ = false;            // Day of month is `*` …
    bool any_weekday_ = false;        // … and day of week: see the rule above.
    std::array<std::vector<Part>, 5> parts_;
};

// The problem with a line, or nothing where it is fine.
std::optional<CronProblem> check_cron(std::string_view line);

}  // namespace holdfast
