// What this installation remembers: jobs, recovery points, verifications and the audit chain. One SQLite
// database in the state folder. It can be lost: `catalog rebuild` makes points again from the stores;
// jobs' history and audit are its own.
//
// Safe from several threads and several processes at once. Failures are Error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"
#include "engine/model/drill.hpp"
#include "engine/model/job_record.hpp"
#include "engine/model/log.hpp"
#include "engine/model/measurement.hpp"
#include "engine/model/notice.hpp"
#include "engine/model/recovery_point.hpp"

namespace holdfast {

struct Verification {
    PointId point;
    StoreName store;
    Instant at;
    bool sound = false;
    std::string depth;       // "checksum", "restore"
    std::string detail;
    std::string digest = {}; // SHA-256 of the point's object in that store, hex; empty where it was not read.
};

// What was known at one time.
struct CatalogMoment {
    std::vector<RecoveryPoint> points;       // Newest first, as sound and as pinned as they were known to be.
    std::vector<Verification> checks;        // Newest first; of the copies that were there.
    std::vector<LogWindow> windows;          // By beginning, oldest first.
};
// A point that no store has any more, or whose removal has begun.
struct GonePoint {
    RecoveryPoint point;
    Instant at;
    std::string why;
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
    bool ok() const { return !broken_at; }
};

// A signed statement about one thing that happened (engine/operations/sign_evidence.hpp).
struct KeptStatement {
    std::string kind;        // "drill", "verification", "approval"
    std::string subject;     // What it is about, unique within its kind.
    Instant happened;        // When it ended.
    Instant signed_at;
    std::string public_key;  // "ed25519:…", of the key that signed it.
    std::string envelope;    // One line.
    bool operator==(const KeptStatement&) const = default;
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
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;

    // ---- slots: at most one run each ----
    struct Claim {
        std::int64_t job = 0;
        int attempt = 1;         // More than 1: an earlier run of this slot failed or went away.
    };
    // Takes the slot for `runner` and records a job as running, or returns nothing where it is taken: done, missed, or
    // running under a lease that has not ended. A failed one may be taken again, and one whose lease has ended is
    // closed as failed and taken over, as the next attempt. `others_are_gone`: the caller holds the database's lock
    // (engine/job/database_lock.hpp), so whoever has the lease no longer lives; it counts as ended.
    std::optional<Claim> claim(const Job& job, const std::string& runner, Duration lease, bool others_are_gone = false);
    // Extends the lease; false where somebody else has it now: stop.
    [[nodiscard]] bool renew(std::int64_t job, const std::string& runner, Duration lease);
    // Each returns false, and changes nothing, where the job is no longer this runner's.
    bool finish_done(std::int64_t job, const std::string& runner, const RecoveryPoint& point);
    // A log job: it adds to a stream and makes no point of its own.
    bool finish_log(std::int64_t job, const std::string& runner, std::uint64_t read_bytes, std::uint64_t stored_bytes);
    bool finish_failed(std::int64_t job, const std::string& runner, const std::string& error);
    // Slots that were run or recorded already are left as they are.
    void record_missed(const std::vector<MissedSlot>& missed);
    std::vector<JobRecord> jobs(const JobQuery& query) const;                               // Newest slot first.
    // The latest few of this database and kind, those that did not fail and those that did: what a plan depends on.
    std::vector<JobRecord> recent_jobs(const DatabaseName& database, BackupKind kind) const;

    // ---- recovery points ----
    void put_point(const RecoveryPoint& point);               // Inserts, or adds copies and facts; pins stay.
    void add_copy(const PointId& point, const StoreName& store);
    // The store no longer has it; a point without copies is gone, and stays only in the history.
    void remove_copy(const PointId& point, const StoreName& store);
    std::vector<RecoveryPoint> points(const std::optional<DatabaseName>& database) const;   // Newest first.
    std::optional<RecoveryPoint> point(const PointId& id) const;
    // The point that carries this idempotency key.
    std::optional<RecoveryPoint> point_by_key(const DatabaseName& database, const std::string& key) const;
    // A prefix that fits exactly one; Error{Usage} with the candidates where it fits several, Missing where none.
    RecoveryPoint point_by_prefix(const std::string& prefix) const;
    void set_pinned(const PointId& id, bool pinned, std::optional<Instant> until);
    // A point that is being expired is listed no more, whatever happens next; it goes when its last copy has gone.
    // False where it is pinned, gone or being expired already. `why` is kept with it.
    [[nodiscard]] bool begin_expiry(const PointId& id, std::string_view why = "expired");
    std::vector<RecoveryPoint> expiring() const;              // Begun and not finished: what a crash left to do.

    // Of a point that is not in the catalog (it may expire while it is read back) nothing is recorded.
    void record_verification(const Verification& verification);
    std::vector<Verification> verifications(const std::optional<PointId>& point) const;     // Newest first.
    // What the newest check of this one copy said. A point's own soundness is that of its best copy.
    Soundness soundness_in(const PointId& id, const StoreName& store) const;
    // Replaces all points of `database` that `store` has by what was read from it. Verifications of points that stay are
    // kept, and their pins: those of the store are added. Requires that nobody adds or removes points of it meanwhile (the database's lock).
    void replace_points_of(const StoreName& store, const DatabaseName& database, const std::vector<RecoveryPoint>& points);

    // ---- history ----
    // What this catalog knew at a past time: the same answer ever after, whatever has expired since. A point that the catalog found when it was
    // made again counts from when it was made. What a followed log reached is told to within 90 seconds, its transactions to within an hour.
    CatalogMoment as_of(Instant at, const std::optional<DatabaseName>& database) const;
    // Of all copies, also of those that have gone, oldest first.
    std::vector<Verification> checks_between(Instant after, Instant until) const;
    std::vector<GonePoint> gone_points(const std::optional<DatabaseName>& database) const;  // Newest first.

    // ---- log windows ----
    void put_window(const LogWindow& window);                 // Inserts or replaces that of the same stream and store.
    void remove_window(const LogStreamId& stream, const StoreName& store);
    std::vector<LogWindow> windows(const std::optional<DatabaseName>& database) const;      // By beginning, oldest first.
    // Replaces all that `store` has of `database` by what was read from it; why a stream ended is kept.
    void replace_windows_of(const StoreName& store, const DatabaseName& database, const std::vector<LogWindow>& windows);

    // ---- what work took, and drills ----
    void record_measurement(const Measurement& measurement);
    // Of these kinds, taken after `since` and up to `until`, oldest first.
    std::vector<Measurement> measurements(const std::vector<WorkKind>& kinds, Instant since, Instant until) const;
    void record_drill(const DrillRecord& drill);
    // The scratch copy that a failed drill kept has been removed.
    void forget_kept(const std::string& drill);
    std::vector<DrillRecord> drills(const std::optional<DatabaseName>& database) const;     // Newest first.

    // ---- notices: what was told, and what is on its way ----
    std::vector<ToldTrouble> told_troubles() const;
    std::vector<Notice> notices() const;                      // Unsent, oldest first.
    void change_notices(const NoticeChanges& changes);
    void notice_sent(const std::string& id);
    void notice_failed(const std::string& id, Instant next_try, const std::string& error);

    // ---- evidence: statements that were signed when what they tell of happened ----
    // The first one stays where there is one of that kind and subject already.
    void keep_statement(const KeptStatement& statement);
    bool has_statement(std::string_view kind, std::string_view subject) const;
    // Of what happened after `after` and up to `until`, by kind, then by time.
    std::vector<KeptStatement> statements(Instant after, Instant until) const;

    // When this catalog was made: what was due before was nobody's duty.
    Instant watching_since() const;
    // When something that is done now and then ("collect local") was done last.
    std::optional<Instant> last_done(const std::string& what) const;
    void set_last_done(const std::string& what, Instant at);
    void clear_last_done(const std::string& what);

    // ---- audit ----
    void audit(const std::string& action, const std::string& subject, const std::string& detail);
    std::vector<AuditEntry> audit_entries(std::size_t limit) const;   // Newest first.
    // Also holds the chain against the head that is kept beside the catalog (audit.head), so that entries cut off at
    // the end are seen.
    AuditReport verify_audit() const;

private:
    struct State;
    explicit Catalog(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace holdfast
