// Decides whether a slot of one kind of backup is due, which slots were missed, and whether it is worth
// catching up. The rules are told in engine/plan/README.md.
#pragma once

#include "engine/plan/past.hpp"
#include "engine/plan/slot_times.hpp"

namespace holdfast {

inline constexpr std::size_t kMissedListedMax = 1000;

struct DueSlot {
    enum class Verdict : std::uint8_t {
        Run,          // Start it.
        CatchUp,      // Too late for its own sake, but it makes up for what was missed.
        WaitForNext,  // Too late, and the next slot is about to come.
        WaitToRetry,  // It failed several times; not yet again.
    } verdict = Verdict::Run;
    Instant at;                             // The newest slot that nothing was run for.
    std::vector<Instant> missed;            // Older ones, oldest first; at most `listed_max`, the newest.
    std::uint64_t missed_count = 0;
    const JobRecord* failure = nullptr;     // The newest failed try of `at`.
    std::optional<Instant> start_before;
    Instant retry_at;                       // WaitToRetry.
};

// Slots after `since` up to now are nobody's yet. Nothing where there is none.
std::optional<DueSlot> find_due(SlotTimes& slots, const BackupRule& rule, const KindPast& past, Instant since, Instant now,
                                std::size_t listed_max = kMissedListedMax);

// When a slot that failed may be tried again: at once at first, then after a pause that doubles up to an hour.
Instant retry_at(const JobRecord& failure);

}  // namespace holdfast
