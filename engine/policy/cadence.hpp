// How often a policy's backups come, looked at over two fixed years, so that the answer depends on the
// policy alone. Bounded: a folder full of different schedules costs a limited effort, then answers end.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/schedule/run_distance.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {

// Calendar days, ISO weeks and months that have a run. Keys are those of engine/schedule/calendar.hpp.
struct Coverage {
    std::set<std::int64_t> days, weeks, months;
    std::size_t days_in_all = 0;
    double runs_per_year = 0;
};

// A schedule, and how long after each of its instants a backup may be done at the latest.
struct TimedSchedule {
    When when;
    Duration latency{0};
};
class Cadence {
public:
    explicit Cadence(const TimeZone& zone);

    // Of the union of these schedules. Nothing once the effort is spent, or with a continuous one among them.
    std::optional<Coverage> coverage(std::span<const When> schedules);

    // The longest time from a run until another is done, if the `skipped` runs right after it fail; over all
    // runs of the union. Nothing once the effort is spent, with a continuous one among them, or where
    // fewer runs than that are in sight.
    std::optional<RunDistance> longest_distance(std::span<const TimedSchedule> schedules, int skipped);

    // The effort is spent: what was asked since then has had no answer.
    bool exhausted() const { return effort_left_ == 0; }

private:
    // The runs of one schedule that are the first of their day; nothing once the effort is spent.
    const std::vector<Instant>* first_runs(const When& schedule);
    double runs_a_day(const When& schedule, Instant first_run);
    bool spend();

    TimeZone zone_;
    Instant begin_, end_;
    std::size_t effort_left_;
    std::map<std::string, std::vector<Instant>> first_runs_;
};

}  // namespace holdfast
