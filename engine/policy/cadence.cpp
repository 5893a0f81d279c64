#include "engine/policy/cadence.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/schedule/calendar.hpp"
#include "engine/schedule/occurrences.hpp"

namespace holdfast {
namespace {

using std::chrono::hours;

constexpr std::size_t kEffortMax = 300'000;       // Steps from run to run: a fraction of a second.
constexpr std::size_t kRunsInSight = 20'000;      // Hourly runs of two years.

// Two years, one of them a leap year, whole weeks and months at their start.
constexpr std::chrono::sys_days kBegin = std::chrono::year(2027) / 1 / 1;
constexpr std::chrono::sys_days kEnd = std::chrono::year(2029) / 1 / 1;

std::string key_of(const When& schedule) {
    if (const auto* cron = std::get_if<CronSpec>(&schedule)) return "cron " + cron->line;
    if (const auto* every = std::get_if<EverySpec>(&schedule)) return fmt::format("every {}", every->every.count());
    return "continuous";
}

// Without instants: continuous, or wrong and reported as such.
bool has_no_runs(const When& schedule) {
    const auto* every = std::get_if<EverySpec>(&schedule);
    return std::holds_alternative<ContinuousSpec>(schedule) || (every != nullptr && every->every <= Duration(0));
}

// One schedule while its runs are merged with others'.
struct Stream {
    Occurrences runs;
    std::optional<Instant> next;
    Duration latency{0};
};

}  // namespace

Cadence::Cadence(const TimeZone& zone) : zone_(zone), begin_(kBegin), end_(kEnd), effort_left_(kEffortMax) {}

bool Cadence::spend() {
    if (effort_left_ == 0) return false;
    --effort_left_;
    return true;
}

const std::vector<Instant>* Cadence::first_runs(const When& schedule) {
    const auto [at, fresh] = first_runs_.try_emplace(key_of(schedule));
    if (!fresh) return &at->second;
    const Occurrences runs(schedule, zone_);
    for (auto run = runs.next_after(begin_ - Duration(1)); run && *run < end_;) {
        if (!spend()) {
            first_runs_.erase(at);
            return nullptr;
        }
        at->second.push_back(*run);
        run = runs.next_after(next_day_begin(*run, zone_) - Duration(1));
    }
    return &at->second;
}

double Cadence::runs_a_day(const When& schedule, Instant first_run) {
    if (const auto* every = std::get_if<EverySpec>(&schedule)) return std::max(1.0, static_cast<double>(Duration(hours(24)).count()) / static_cast<double>(every->every.count()));
    const Occurrences runs(schedule, zone_);
    const Instant day_end = next_day_begin(first_run, zone_);
    double count = 0;
    for (auto run = std::optional(first_run); run && *run < day_end && spend(); run = runs.next_after(*run)) ++count;
    return std::max(1.0, count);
}

std::optional<Coverage> Cadence::coverage(std::span<const When> schedules) {
    Coverage coverage;
    coverage.days_in_all = static_cast<std::size_t>((kEnd - kBegin).count());
    for (const When& schedule : schedules) {
        if (has_no_runs(schedule)) return std::nullopt;
        const std::vector<Instant>* runs = first_runs(schedule);
        if (runs == nullptr) return std::nullopt;
        for (const Instant run : *runs) {
            coverage.days.insert(day_key(run, zone_));
            coverage.weeks.insert(week_key(run, zone_));
            coverage.months.insert(month_key(run, zone_));
        }
        if (!runs->empty()) coverage.runs_per_year += static_cast<double>(runs->size()) / 2 * runs_a_day(schedule, runs->front());
    }
    return coverage;
}

std::optional<RunDistance> Cadence::longest_distance(std::span<const TimedSchedule> schedules, int skipped) {
    std::vector<Stream> streams;
    for (const TimedSchedule& schedule : schedules) {
        if (has_no_runs(schedule.when)) return std::nullopt;
        Occurrences runs(schedule.when, zone_);
        const auto first = runs.next_after(begin_ - Duration(1));
        streams.push_back({std::move(runs), first, schedule.latency});
    }
    std::vector<TimedRun> runs;
    while (runs.size() < kRunsInSight && (runs.empty() || runs.back().at < end_)) {
        const auto soonest = std::ranges::min_element(streams, {}, [](const Stream& stream) { return stream.next.value_or(Instant::max()); });
        if (soonest == streams.end() || !soonest->next) break;
        if (!spend()) return std::nullopt;
        const Instant at = *soonest->next;
        soonest->next = soonest->runs.next_after(at);
        if (runs.empty() || runs.back().at != at) runs.push_back({at, at + soonest->latency});
        else runs.back().done = std::min(runs.back().done, at + soonest->latency);
    }
    return holdfast::longest_distance(runs, static_cast<std::size_t>(skipped));
}

}  // namespace holdfast
