// `restore`: one recovery point to a place of its own.
#pragma once

#include "engine/operations/open.hpp"
#include "engine/recovery/restore.hpp"

namespace holdfast {

struct RestoreAsked {
    DatabaseName database;
    std::optional<std::string> point;       // A prefix of an id …
    std::optional<Instant> before;          // … or a moment; the newest point without both.
    fs::path to;                            // Absolute.
    bool delta = false;
};

// What would be restored, and over what; decided before anything is written.
struct RestorePlan {
    RecoveryPoint point;
    fs::path to;
    bool over_existing = false;             // Something stands there.
    std::optional<DatabaseName> is_live;    // The target is this live database of the policy.
};
RestorePlan plan_restore(const Workplace& workplace, const RestoreAsked& asked);

RestoreResult restore_database(const Workplace& workplace, const RestoreAsked& asked, const RestorePlan& plan, Progress& progress,
                               const CancelToken& cancel);

}  // namespace holdfast
