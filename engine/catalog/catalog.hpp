// What this installation remembers: jobs, recovery points, verifications, runs' approvals and the audit
// chain. One SQLite database in the state folder. It can be lost: `catalog rebuild` makes points again
// from the stores; jobs' history and audit are its own.
//
// Safe from several threads and several processes at once. Failures are Error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"
#include "engine/model/job_record.hpp"
#include "engine/model/recovery_point.hpp"

namespace holdfast {

struct Verification {
    PointId point;
    StoreName store;
    Instant at;
    bool sound = false;
    std::string depth;       // "checksum", "restore"
    std::string detail;
};

// One entry of the audit chain: everything that changed anything. `hash` covers the entry and the hash before it (SHA-256),
// so that no entry can be changed, removed or put in between without `audit verify` seeing it.
struct AuditEntry {
    std::int64_t sequence = 0;
    Instant at;
    std::string user, host;
    std::string action;      // "backup", "expire", "pin", "run.approve", …
    std::string subject;     // A database, point or run.
    std::string detail;      // One line; no secrets.
    std::string hash;        // Hex.
};
struct AuditReport {
    std::int64_t entries = 0;
    std::optional<std::int64_t> broken_at;   // The first sequence that does not fit.
    std::string why;
};

struct JobQuery {
    std::optional<DatabaseName> database;
    std::optional<JobState> state;
    std::optional<Instant> since;
    std::size_t limit = 1000;
};

class Catalog {
public:
    // Creates it (0600) where it is missing; upgrades an older layout; refuses a newer one.
    static std::unique_ptr<Catalog> open(const fs::path& file, const Clock& clock);
    ~Catalog();

    // ---- slots: at most one run each ----
    // Takes the slot for `runner` and records a job as running, or returns nothing where it is taken: done, missed, or
    // running under a lease that has not ended. A failed one may be taken again (attempt + 1).
    std::optional<std::int64_t> claim(const Job& job, const std::string& runner, Duration lease);
    // Extends the lease; false where somebody else has it now: stop.
    bool renew(std::int64_t job, const std::string& runner, Duration lease);
    void finish_done(std::int64_t job, const std::string& runner, const RecoveryPoint& point);
    void finish_failed(std::int64_t job, const std::string& runner, const std::string& error);
    void record_missed(const std::vector<MissedSlot>& missed);
    std::vector<JobRecord> jobs(const JobQuery& query) const;

    // ---- recovery points ----
    void put_point(const RecoveryPoint& point);               // Inserts, or adds copies and facts.
    void add_copy(const PointId& point, const StoreName& store);
    // The store no longer has it; a point without copies is removed.
    void remove_copy(const PointId& point, const StoreName& store);
    std::vector<RecoveryPoint> points(const std::optional<DatabaseName>& database) const;   // Newest first.
    std::optional<RecoveryPoint> point(const PointId& id) const;
    // A prefix that fits exactly one; Error{Usage} with the candidates where it fits several, Missing where none.
    RecoveryPoint point_by_prefix(const std::string& prefix) const;
    void set_pinned(const PointId& id, bool pinned, std::optional<Instant> until);
    void record_verification(const Verification& verification);
    std::vector<Verification> verifications(const std::optional<PointId>& point) const;
    // Replaces all points that `store` has by what was read from it. Pins and verifications of points that stay are kept.
    void replace_points_of(const StoreName& store, const std::vector<RecoveryPoint>& points);

    // ---- audit ----
    void audit(const std::string& action, const std::string& subject, const std::string& detail);
    std::vector<AuditEntry> audit_entries(std::size_t limit) const;   // Newest first.
    AuditReport verify_audit() const;

private:
    struct State;
    explicit Catalog(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace holdfast
