// What is known of the backups at one instant, as far as checks ask: the installation's own record, and what was looked at live.
// Plain values; gathering them is engine/operations'.
#pragma once

#include <unordered_map>

#include "engine/model/drill.hpp"
#include "engine/model/job_record.hpp"
#include "engine/model/log.hpp"
#include "engine/model/measurement.hpp"
#include "engine/model/recovery_point.hpp"

namespace holdfast {

struct PastRun {
    Instant slot, started, finished;
    BackupKind kind = BackupKind::Full;
    JobState state = JobState::Done;
    std::uint64_t stored_bytes = 0;
};
// One check of one copy of a point.
struct PastCheck {
    PointId point;
    StoreName store;
    Instant at;
    bool sound = false;
    bool restored = false;        // Restored and asked, not only read back.
};
struct DatabaseEvidence {
    std::vector<RecoveryPoint> points;    // Newest first.
    std::vector<PastRun> runs;            // Oldest slot first; a year of them at most.
    std::vector<PastCheck> checks;        // Newest first.
    std::vector<LogWindow> windows;
    std::vector<DrillRecord> drills;      // Newest first.
};
// An execution of a runbook that reached its end.
struct PastBookRun {
    std::string runbook;
    Instant started, done;
};

// What only the present shows: files, stores, keys.
struct StoreFacts {
    StoreName store;
    std::string unreachable;              // Why it could not be asked; empty: it was.
    std::vector<Instant> keys;            // When each key that opens it was made; empty without encryption.
    std::optional<std::uint64_t> free_bytes;
    std::uint64_t stored_bytes = 0;
    std::size_t lost_points = 0;          // The catalog says they are there, the store does not have them.
    std::size_t unlisted_points = 0;      // The store has them, the catalog does not.
};
struct LiveFacts {
    std::vector<std::string> uncovered;   // Paths of databases beside those of the policy that no policy covers.
    std::vector<StoreFacts> stores;
    std::string broken_chain;             // Why the audit chain does not hold; empty: it does.
    Instant newest_instant;               // Of anything recorded; later than now: the clock was moved back.
};

struct Evidence {
    Instant as_of;
    std::optional<Instant> watching_since;
    std::unordered_map<std::string, DatabaseEvidence> databases;   // By name.
    std::vector<std::string> runbooks;    // Names that exist.
    std::vector<PastBookRun> book_runs;
    std::vector<Measurement> measurements;   // Restores, replays and checks of the last 90 days, oldest first.
    std::string host;                     // Whose rates count.
    std::optional<LiveFacts> live;        // Nothing where a past time is asked about.
    bool can_lock = false;                // This build carries out object lock.
    bool can_drill = false;               // This build runs drills.
};

}  // namespace holdfast
