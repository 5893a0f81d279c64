// What would be done and why: the value that `plan` shows, `apply` does and `tick` runs. Made by
// engine/plan, a pure function of the policy, what exists and now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/recovery_point.hpp"
#include "engine/model/slot.hpp"

namespace holdfast {

enum class JobReason : std::uint8_t {
    Due,            // Its slot has come.
    CatchUp,        // Slots were missed; one run makes up for all of them.
    NoBase,         // An incremental without a base: promoted to a full.
    FirstBackup,    // Nothing exists yet.
    ByHand,         // `backup now`.
    ByRunbook,
};

// One slot made due: what to do, why, until when.
struct Job {
    Slot slot;                             // slot.kind is the kind the schedule asked for …
    BackupKind run_as = BackupKind::Full;  // … and this the kind that is run (promotion).
    JobReason reason = JobReason::Due;
    std::vector<Instant> missed;           // Slots that this run makes up for, oldest first; at most 1,000 listed.
    std::uint64_t missed_count = 0;
    std::optional<Instant> start_before;   // slot + start_within.
    std::optional<Duration> finish_within;
    std::optional<PointId> base;           // Incremental: the point it builds on.
    StoreName store;
    std::uint64_t estimated_bytes = 0;     // Stored bytes; 0 without history.
    Duration estimated_time{0};
    std::string why;                       // One sentence for a person.
    bool operator==(const Job&) const = default;
};

// A point that one of its stores lacks.
struct CopyJob {
    PointId point;
    DatabaseName database;
    StoreName from, to;
    std::string why;
    bool operator==(const CopyJob&) const = default;
};

enum class KeepReason : std::uint8_t {
    Pinned, KeepUntil, AnySecond, AtLeast, Daily, Weekly, Monthly, NotYetCopied, Newest, EmptyRule, InUse,
    LastResort,      // Damaged, but nothing sound is newer: what can be read of it may be needed.
    LogBase,         // A log that is kept follows it.
    ClockMovedBack,  // A point is newer than now: nothing is expired by a clock that cannot be trusted.
};

struct RetentionVerdict {
    PointId point;
    std::vector<KeepReason> reasons;       // Every reason that applies. Empty: free to expire.
    bool keep() const { return !reasons.empty(); }
    bool operator==(const RetentionVerdict&) const = default;
};

struct DatabaseRetention {
    DatabaseName database;
    std::vector<RetentionVerdict> verdicts;  // Newest point first.
    bool operator==(const DatabaseRetention&) const = default;
};

// A slot that nothing will be run for any more; recorded so that it is seen.
struct MissedSlot {
    Slot slot;
    std::string why;
    bool operator==(const MissedSlot&) const = default;
};

struct Plan {
    Instant now;
    std::string world;                     // Hash of everything it depends on; `apply` refuses another.
    std::vector<Job> jobs;                 // In the order in which they are run.
    std::vector<CopyJob> copies;
    std::vector<DatabaseRetention> retention;
    std::vector<MissedSlot> missed;
    std::vector<Slot> upcoming;            // The next slot of each (database, kind), soonest first.
    std::vector<std::string> notes;        // Sentences: what was left out of this plan and why.

    bool has_changes() const;              // Anything to run, copy or expire.
    bool operator==(const Plan&) const = default;
};

std::string_view name_of(JobReason reason);    // due, catch-up, no-base, first-backup, by-hand, by-runbook
std::string_view name_of(KeepReason reason);   // pinned, keep-until, any_second, at_least, daily, weekly, monthly, not-yet-copied, newest, empty-rule, in-use, last-resort, log-base, clock-moved-back

}  // namespace holdfast
