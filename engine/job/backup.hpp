// Takes one backup of one database: provider → repository → recovery point → catalog, then the copies.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct BackupNow {
    DatabaseName database;
    std::optional<BackupKind> kind;        // Nothing: incremental where there is a base, else full.
    std::optional<Place> place = {};       // Where the database is now; nothing: where the policy says.
    std::optional<Period> keep;            // Pins the point for so long.
    std::string why;
    JobReason reason = JobReason::ByHand;
    std::string idempotency_key;           // Not empty: a point that carries it already is returned instead of a second backup.
};

struct BackupDone {
    RecoveryPoint point;
    std::uint64_t changed_bytes = 0;
    std::uint64_t deduplicated_bytes = 0;
    bool promoted_to_full = false;
    bool unchanged = false;                // Nothing was taken: `point` is the state already (BackupTask::unless_as).
    std::vector<std::string> notes;        // Promotion and why; a copy that could not be made and when it is tried again.
};

// The base of an incremental: the newest sound point of the same database (and the same identity) in the store it is written to.
BackupDone back_up_now(const Installation& installation, const BackupNow& request, Progress& progress, CancelToken cancel);

}  // namespace holdfast
