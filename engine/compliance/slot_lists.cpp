#include "engine/compliance/slot_lists.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/schedule/calendar.hpp"
#include "engine/schedule/occurrences.hpp"

namespace holdfast {
namespace {

constexpr Period kLookedAt{.months = 24, .rest = Duration(0)};

// A schedule at a fixed distance needs no list: one day of it says all.
constexpr Duration kEveryLookedAt = std::chrono::hours(48);

std::string rules_key(std::span<const BackupRule* const> rules, int skipped) {
    std::string key = std::to_string(skipped);
    for (const BackupRule* rule : rules) key += fmt::format("|{}+{}", schedule_text(rule->when), run_latency(*rule).count());
    return key;
}

}  // namespace

std::string schedule_text(const When& when) {
    if (const auto* cron = std::get_if<CronSpec>(&when)) return cron->line;
    if (const auto* every = std::get_if<EverySpec>(&when)) return "every " + to_text(every->every);
    return "continuous";
}

Duration run_latency(const BackupRule& rule) { return rule.start_within.value_or(Duration(0)) + rule.finish_within.value_or(Duration(0)); }

SlotLists::SlotLists(const TimeZone& zone, Instant from) : zone_(zone), begin_(day_begin(from, zone)), end_(after_by(begin_, kLookedAt, zone)) {}

const std::vector<Instant>& SlotLists::of(const When& when) {
    const auto [at, fresh] = slots_.try_emplace(schedule_text(when));
    if (!fresh) return at->second;
    const Occurrences slots(when, zone_);
    if (slots.continuous()) return at->second;
    for (auto slot = slots.next_after(begin_ - Duration(1)); slot && *slot < end_; slot = slots.next_after(*slot)) at->second.push_back(*slot);
    return at->second;
}

std::optional<RunDistance> SlotLists::longest(std::span<const BackupRule* const> rules, int skipped) {
    const auto [known, fresh] = longest_.try_emplace(rules_key(rules, skipped));
    if (!fresh) return known->second;
    const auto* every = rules.size() == 1 ? std::get_if<EverySpec>(&rules.front()->when) : nullptr;
    if (every != nullptr && every->every > Duration(0) && every->every < kEveryLookedAt) {
        const Instant first = *Occurrences(rules.front()->when, zone_).next_after(begin_ - Duration(1));
        const Duration between = every->every * (skipped + 1);
        return known->second = RunDistance{.between = between, .latency = run_latency(*rules.front()), .from = first, .until = first + between};
    }
    std::vector<TimedRun> runs;
    for (const BackupRule* rule : rules) {
        for (const Instant slot : of(rule->when)) runs.push_back({slot, slot + run_latency(*rule)});
    }
    std::ranges::stable_sort(runs, {}, &TimedRun::at);
    // One run per instant: where two kinds share a slot, one is enough to have it.
    std::vector<TimedRun> merged;
    for (const TimedRun& run : runs) {
        if (merged.empty() || merged.back().at != run.at) merged.push_back(run);
        else merged.back().done = std::min(merged.back().done, run.done);
    }
    return known->second = longest_distance(merged, static_cast<std::size_t>(skipped));
}

}  // namespace holdfast
