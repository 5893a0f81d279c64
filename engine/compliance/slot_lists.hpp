// The slots of schedules over the two years after a day, remembered: thousands of databases share a handful of schedules.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/schedule/run_distance.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {

// Not safe from several threads. Throws Error{Usage} for a cron line that is none.
class SlotLists {
public:
    // Looks at two years from the beginning of `from`'s day, so that every change of the clocks and every month is in them.
    SlotLists(const TimeZone& zone, Instant from);

    const TimeZone& zone() const { return zone_; }
    Instant begin() const { return begin_; }
    Instant end() const { return end_; }

    // All slots in those two years, oldest first; none of a continuous one.
    const std::vector<Instant>& of(const When& when);

    // The longest time from a slot of any of the rules until a later run is done, if `skipped` runs after it fail. A rule's run is
    // done start_within and finish_within after its slot (what is not said counts as nothing: ask first).
    std::optional<RunDistance> longest(std::span<const BackupRule* const> rules, int skipped);

private:
    TimeZone zone_;
    Instant begin_, end_;
    std::map<std::string, std::vector<Instant>> slots_;
    std::map<std::string, std::optional<RunDistance>> longest_;
};

// "0 2 * * Sun", "every 3m", "continuous".
std::string schedule_text(const When& when);

// From its slot until a run is done: start_within and finish_within.
Duration run_latency(const BackupRule& rule);

}  // namespace holdfast
