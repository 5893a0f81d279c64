// The heart of a backup: provider → repository → recovery point → catalog, then the check that the policy asks for.
// Copies to other stores are engine/job/copy_points.hpp.
#pragma once

#include "engine/job/backup.hpp"
#include "engine/job/database_lock.hpp"

namespace holdfast {

struct BackupTask {
    const DatabaseSpec& database;
    std::optional<BackupKind> kind;        // Nothing: incremental where there is a base, else full.
    std::optional<Instant> slot;
    std::optional<Instant> keep_until;
    std::string why;
    std::optional<Place> place = {};       // Where the database is; nothing: where the policy says.
    std::optional<PointId> unless_as = {}; // Nothing is taken where every page is as this point has it.
    std::string key;                       // Idempotency key; a sound point that carries it is returned as it is.
};

// A point that an earlier run has committed, but was killed before it could record it, is put into the catalog first.
// Requires: the caller holds the database's lock. Throws Corrupt where the point was made but its check failed; the
// point is then recorded as damaged.
BackupDone take_backup(const Installation& installation, const BackupTask& task, const DatabaseLock& lock, Progress& progress,
                       CancelToken cancel);

}  // namespace holdfast
