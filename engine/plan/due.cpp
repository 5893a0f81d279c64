#include "engine/plan/due.hpp"

#include <algorithm>

namespace holdfast {
namespace {

constexpr int kEagerTries = 3;                              // So many failures are tried again at once …
constexpr Duration kFirstPause = std::chrono::minutes(1);   // … then after a pause that doubles …
constexpr Duration kLongestPause = std::chrono::hours(1);   // … up to this.

}  // namespace

Instant retry_at(const JobRecord& failure) {
    if (failure.attempt <= kEagerTries || !failure.finished) return failure.started;
    const int doublings = std::min(failure.attempt - kEagerTries - 1, 10);
    return *failure.finished + std::min(kFirstPause * (1 << doublings), kLongestPause);
}

std::optional<DueSlot> find_due(SlotTimes& slots, const BackupRule& rule, const KindPast& past, Instant since, Instant now,
                                std::size_t listed_max) {
    const std::uint64_t open = slots.count_after(since);
    if (open == 0) return std::nullopt;
    DueSlot due;
    due.at = *slots.newest();
    due.failure = past.failure_of(due.at);
    if (open > 1) {
        due.missed = slots.list_after(since, listed_max + 1);
        due.missed.pop_back();
        // A slot that was tried and failed is on record already.
        const auto failed = std::remove_if(due.missed.begin(), due.missed.end(), [&](Instant slot) { return past.failure_of(slot) != nullptr; });
        due.missed_count = open - 1 - static_cast<std::uint64_t>(due.missed.end() - failed);
        due.missed.erase(failed, due.missed.end());
    }
    if (due.failure != nullptr && retry_at(*due.failure) > now) {
        due.verdict = DueSlot::Verdict::WaitToRetry;
        due.retry_at = retry_at(*due.failure);
        return due;
    }
    if (!rule.start_within || now - due.at <= *rule.start_within) {
        if (rule.start_within) due.start_before = due.at + *rule.start_within;
        return due;
    }
    // Too late. One run still makes up for everything missed, unless the next one is as near as a start may be late.
    const bool imminent = slots.next() && *slots.next() - now <= *rule.start_within;
    due.verdict = imminent ? DueSlot::Verdict::WaitForNext : DueSlot::Verdict::CatchUp;
    due.start_before = slots.next();
    return due;
}

}  // namespace holdfast
