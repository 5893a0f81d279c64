// `restore`: one recovery point to a place of its own.
#pragma once

#include "engine/operations/open.hpp"
#include "engine/recovery/restore.hpp"
#include "engine/recovery/wal_log.hpp"

namespace holdfast {

struct RestoreAsked {
    DatabaseName database;
    std::optional<std::string> point;       // A prefix of an id …
    std::optional<Before> before;           // … or a moment or a transaction; the newest state without both.
    std::optional<WalAsked> wal;            // … or a place in a server's write-ahead log.
    fs::path to;                            // Absolute.
    bool delta = false;
    std::optional<std::uint16_t> port = {};  // Servers: one is started there, which waits where its log was replayed to …
    bool promote = false;                   // … or goes on from there, with settings of its own.
};

// What would be restored, and over what; decided before anything is written.
struct RestorePlan {
    RecoveryTarget target;
    fs::path to;
    bool over_existing = false;             // Something stands there.
};
// Throws NotPermitted where the target is a live database of the policy, AlreadyExists where something stands there and
// it is not asked for with `delta`.
RestorePlan plan_restore(const Workplace& workplace, const RestoreAsked& asked);

RestoreResult restore_database(const Workplace& workplace, const RestoreAsked& asked, const RestorePlan& plan, Progress& progress,
                               const CancelToken& cancel);

}  // namespace holdfast
