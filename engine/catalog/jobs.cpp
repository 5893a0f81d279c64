// Slots and their runs: claimed under a lease, renewed, finished.
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/catalog/state.hpp"

namespace holdfast {
namespace {

// The one place that names the columns of `job` for reading.
constexpr std::string_view kJobColumns =
    "id, database, kind, at, run_as, reason, state, attempt, runner, started, finished, point, read_bytes, stored_bytes, error, lease_until";

JobRecord job_in(const Statement& row) {
    JobRecord job;
    job.id = row.integer(0);
    job.slot.database = DatabaseName(row.text(1));
    job.slot.kind = enum_named(row.text(2), BackupKind::Raw);
    job.slot.at = from_millis(row.integer(3));
    job.run_as = enum_named(row.text(4), BackupKind::Raw);
    job.reason = enum_named(row.text(5), JobReason::ByRunbook);
    job.state = enum_named(row.text(6), JobState::Missed);
    job.attempt = static_cast<int>(row.integer(7));
    job.runner = row.text(8);
    job.started = from_millis(row.integer(9));
    job.finished = instant_or_none(row.integer_or_null(10));
    if (auto point = row.text_or_null(11)) job.point = PointId(*point);
    job.read_bytes = static_cast<std::uint64_t>(row.integer(12));
    job.stored_bytes = static_cast<std::uint64_t>(row.integer(13));
    job.error = row.text(14);
    if (job.state == JobState::Running) job.lease_until = from_millis(row.integer(15));
    return job;
}

// The latest run of one slot.
struct LatestRun {
    std::int64_t id = 0;
    JobState state = JobState::Running;
    int attempt = 0;
    std::string runner;
    Instant lease_until;
};

std::optional<LatestRun> latest_run_of(Connection& database, const Slot& slot) {
    Statement row = database.prepare(
        "SELECT id, state, attempt, runner, lease_until FROM job WHERE database = ?1 AND kind = ?2 AND at = ?3 "
        "ORDER BY attempt DESC LIMIT 1");
    row.bind_all(slot.database.str(), name_of(slot.kind), to_millis(slot.at));
    if (!row.step()) return std::nullopt;
    return LatestRun{.id = row.integer(0),
                     .state = enum_named(row.text(1), JobState::Missed),
                     .attempt = static_cast<int>(row.integer(2)),
                     .runner = row.text(3),
                     .lease_until = from_millis(row.integer(4))};
}

void close_abandoned(Connection& database, const LatestRun& run, Instant now) {
    database.run("UPDATE job SET state = 'failed', finished = ?2, error = ?3 WHERE id = ?1", run.id, to_millis(now),
                 fmt::format("cancelled: {} went away before it had finished", run.runner));
}

struct NewRun {
    Slot slot;
    BackupKind run_as = BackupKind::Full;
    JobReason reason = JobReason::Due;
    JobState state = JobState::Running;
    int attempt = 1;
    std::string runner;
    Instant lease_until, started;
    std::optional<Instant> finished;
    std::string error;
};

void insert_run(Connection& database, const NewRun& run) {
    database.run(
        "INSERT INTO job (database, kind, at, run_as, reason, state, attempt, runner, lease_until, started, finished, error) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        run.slot.database.str(), name_of(run.slot.kind), to_millis(run.slot.at), name_of(run.run_as), name_of(run.reason),
        name_of(run.state), run.attempt, run.runner, to_millis(run.lease_until), to_millis(run.started),
        millis_or_none(run.finished), run.error);
}

}  // namespace

std::optional<Catalog::Claim> Catalog::claim(const Job& job, const std::string& runner, Duration lease, bool others_are_gone) {
    const auto lock = state_->lock();
    Connection& database = state_->database;
    fault_point("catalog.claim.before");
    Transaction transaction(database);
    const Instant now = state_->clock.now();
    const std::optional<LatestRun> latest = latest_run_of(database, job.slot);
    if (latest && (latest->state == JobState::Done || latest->state == JobState::Missed)) return std::nullopt;
    if (latest && latest->state == JobState::Running) {
        if (latest->lease_until > now && !others_are_gone) return std::nullopt;
        close_abandoned(database, *latest, now);
    }
    const int attempt = latest ? latest->attempt + 1 : 1;
    insert_run(database, {.slot = job.slot,
                          .run_as = job.run_as,
                          .reason = job.reason,
                          .state = JobState::Running,
                          .attempt = attempt,
                          .runner = runner,
                          .lease_until = now + lease,
                          .started = now,
                          .finished = {},
                          .error = {}});
    const Claim claim{.job = database.last_insert_rowid(), .attempt = attempt};
    transaction.commit();
    fault_point("catalog.claim.after");
    return claim;
}

bool Catalog::renew(std::int64_t job, const std::string& runner, Duration lease) {
    const auto lock = state_->lock();
    state_->database.run("UPDATE job SET lease_until = ?3 WHERE id = ?1 AND runner = ?2 AND state = 'running'", job, runner,
                         to_millis(state_->clock.now() + lease));
    return state_->database.changes() == 1;
}

bool Catalog::finish_done(std::int64_t job, const std::string& runner, const RecoveryPoint& point) {
    const auto lock = state_->lock();
    fault_point("catalog.finish.before");
    state_->database.run(
        "UPDATE job SET state = 'done', finished = ?3, point = ?4, run_as = ?5, read_bytes = ?6, stored_bytes = ?7 "
        "WHERE id = ?1 AND runner = ?2 AND state = 'running'",
        job, runner, to_millis(state_->clock.now()), point.id.str(), name_of(point.kind), point.read_bytes, point.stored_bytes);
    const bool was_ours = state_->database.changes() == 1;
    fault_point("catalog.finish.after");
    return was_ours;
}

bool Catalog::finish_log(std::int64_t job, const std::string& runner, std::uint64_t read_bytes, std::uint64_t stored_bytes) {
    const auto lock = state_->lock();
    fault_point("catalog.finish.before");
    state_->database.run(
        "UPDATE job SET state = 'done', finished = ?3, read_bytes = ?4, stored_bytes = ?5 WHERE id = ?1 AND runner = ?2 AND state = 'running'", job,
        runner, to_millis(state_->clock.now()), read_bytes, stored_bytes);
    const bool was_ours = state_->database.changes() == 1;
    fault_point("catalog.finish.after");
    return was_ours;
}

bool Catalog::finish_failed(std::int64_t job, const std::string& runner, const std::string& error) {
    const auto lock = state_->lock();
    state_->database.run(
        "UPDATE job SET state = 'failed', finished = ?3, error = ?4 WHERE id = ?1 AND runner = ?2 AND state = 'running'", job,
        runner, to_millis(state_->clock.now()), error);
    return state_->database.changes() == 1;
}

void Catalog::record_missed(const std::vector<MissedSlot>& missed) {
    if (missed.empty()) return;
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    const Instant now = state_->clock.now();
    for (const MissedSlot& slot : missed) {
        const auto latest = latest_run_of(state_->database, slot.slot);
        if (latest && latest->state != JobState::Failed) continue;
        insert_run(state_->database, {.slot = slot.slot,
                                      .run_as = slot.slot.kind,
                                      .reason = JobReason::Due,
                                      .state = JobState::Missed,
                                      .attempt = latest ? latest->attempt + 1 : 1,
                                      .runner = {},
                                      .lease_until = now,
                                      .started = now,
                                      .finished = now,
                                      .error = slot.why});
    }
    transaction.commit();
}

std::vector<JobRecord> Catalog::jobs(const JobQuery& query) const {
    const auto lock = state_->lock();
    Statement row = state_->database.prepare(
        fmt::format("SELECT {} FROM job WHERE (?1 IS NULL OR database = ?1) AND (?2 IS NULL OR state = ?2) "
                    "AND (?3 IS NULL OR at >= ?3) ORDER BY at DESC, id DESC LIMIT ?4",
                    kJobColumns));
    row.bind(1, query.database ? std::optional(query.database->str()) : std::nullopt);
    row.bind(2, query.state ? std::optional(name_of(*query.state)) : std::nullopt);
    row.bind(3, millis_or_none(query.since));
    row.bind(4, query.limit);
    std::vector<JobRecord> jobs;
    while (row.step()) jobs.push_back(job_in(row));
    return jobs;
}

std::vector<JobRecord> Catalog::recent_jobs(const DatabaseName& database, BackupKind kind) const {
    const auto lock = state_->lock();
    // Two looks, so that a slot which has failed a hundred times does not hide the one before it that was done.
    std::vector<JobRecord> jobs;
    for (const char* which : {"state <> 'failed'", "state = 'failed'"}) {
        Statement row = state_->database.prepare(
            fmt::format("SELECT {} FROM job WHERE database = ?1 AND kind = ?2 AND {} ORDER BY at DESC, attempt DESC LIMIT 4",
                        kJobColumns, which));
        row.bind_all(database.str(), name_of(kind));
        while (row.step()) jobs.push_back(job_in(row));
    }
    return jobs;
}

}  // namespace holdfast
