// Restores one recovery point to a place of its own.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/model/log.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct RestoreRequest {
    RecoveryPoint point;
    std::string to;                    // Path (SQLite).
    bool delta = false;                // Something is there already: write only what differs.
    std::optional<StoreName> store;    // Otherwise store_to_read().
    std::optional<LogPosition> log = std::nullopt;   // And the log after the point, up to and with this transaction.
    bool over_live = false;            // `to` may be a live database of the policy. Only for who has taken a safety backup.
};

struct RestoreResult {
    Place copy;
    PointId point;
    std::optional<LogPosition> log = std::nullopt;
    StoreName store;
    std::uint64_t bytes = 0;           // Size of the restored files.
    std::uint64_t fetched_bytes = 0;
    std::uint64_t written_bytes = 0;
    Duration took{0};
    std::vector<std::string> next = {};   // What is left to do, where the database is not ready as it is.
};

// Restores, syncs, finishes (provider). Throws Busy where the target is in use, AlreadyExists where it stands
// and `delta` is false, NotPermitted where it is a live database, DiskFull before anything is written. A new target is written beside under a temporary name and renamed when whole; with delta
// a killed restore is completed by running it again.
RestoreResult restore_point(const Installation& installation, const RestoreRequest& request, Progress& progress, CancelToken cancel);

// What runs over copies of this run (recovery instances) ends; the copies stay.
void close_copies_of(const Installation& installation, const std::string& run);

// The private folder for copies that runbooks restore: state/copies/<run>. Created 0700.
fs::path copy_folder(const Installation& installation, const std::string& run);

}  // namespace holdfast
