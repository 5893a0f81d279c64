#include "engine/plan/slot_times.hpp"

#include <algorithm>

namespace holdfast {

SlotTimes::SlotTimes(const When& when, const TimeZone& zone, Instant now)
    : occurrences_(when, zone), newest_(occurrences_.last_at_or_before(now)), next_(occurrences_.next_after(now)) {
    if (const auto* every = std::get_if<EverySpec>(&when)) every_ = every->every;
    if (newest_) newest_text_ = zone.to_local_text(*newest_);
    if (next_) next_text_ = zone.to_local_text(*next_);
}

void SlotTimes::reach_back_to(Instant after) {
    if (newest_first_.empty() && newest_) newest_first_.push_back(*newest_);
    while (!exhausted_ && !newest_first_.empty() && newest_first_.back() > after) {
        const auto older = occurrences_.last_at_or_before(newest_first_.back() - Duration(1));
        if (older) newest_first_.push_back(*older);
        else exhausted_ = true;
    }
}

std::uint64_t SlotTimes::count_after(Instant after) {
    if (!newest_ || *newest_ <= after) return 0;
    if (every_ > Duration(0)) return occurrences_.count(after, *newest_);
    reach_back_to(after);
    const auto first_older = std::partition_point(newest_first_.begin(), newest_first_.end(), [&](Instant slot) { return slot > after; });
    return static_cast<std::uint64_t>(first_older - newest_first_.begin());
}

std::vector<Instant> SlotTimes::list_after(Instant after, std::size_t limit) {
    const auto count = std::min<std::uint64_t>(count_after(after), limit);
    std::vector<Instant> slots;
    slots.reserve(count);
    for (std::uint64_t i = count; i-- > 0;) {
        slots.push_back(every_ > Duration(0) ? *newest_ - every_ * static_cast<std::int64_t>(i) : newest_first_[i]);
    }
    return slots;
}

SlotTimes& SlotTable::of(const When& when) {
    std::string key = "continuous";
    if (const auto* cron = std::get_if<CronSpec>(&when)) key = cron->line;
    if (const auto* every = std::get_if<EverySpec>(&when)) key = "every " + std::to_string(every->every.count());
    auto& times = times_[key];
    if (!times) times = std::make_unique<SlotTimes>(when, zone_, now_);
    return *times;
}

}  // namespace holdfast
