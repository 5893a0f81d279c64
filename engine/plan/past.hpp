// What has happened to one database's slots so far, read from its jobs and its recovery points.
#pragma once

#include "engine/plan/plan_scope.hpp"

namespace holdfast {

struct KindPast {
    std::optional<Instant> handled;           // The newest slot up to now that was run, is running, or was recorded as missed.
    std::vector<const JobRecord*> tried;      // Failed, or begun by a runner that died.

    bool runs = false;                        // A run for one of its slots is alive.

    // The newest record of a failed try of that slot, or nullptr.
    const JobRecord* failure_of(Instant slot) const;
};

struct DatabasePast {
    std::array<KindPast, kBackupKindCount> kinds;
    bool has_state = false;                   // Some full, incremental or logical point exists.
    bool full_runs = false;                   // A full is being made at this moment …
    std::optional<Instant> full_begun;        // … or the newest one, made or in the making, began then.
    std::optional<Instant> newest_activity;   // Up to now.
    const RecoveryPoint* base = nullptr;      // The newest sound state in the store that is written to.
    const RecoveryPoint* ahead = nullptr;     // The newest point, where it is newer than now: the clock was moved back.

    KindPast& of(BackupKind kind) { return kinds[static_cast<std::size_t>(kind)]; }
    const KindPast& of(BackupKind kind) const { return kinds[static_cast<std::size_t>(kind)]; }
};

// Slots after `now` (from a clock that has been moved back since) do not count until their time comes.
void read_past(const ScopedDatabase& database, Instant now, DatabasePast& past);

// A job that is recorded as running, and whose runner may be alive.
bool is_alive(const JobRecord& job, const ScopedDatabase& database, Instant now);

}  // namespace holdfast
