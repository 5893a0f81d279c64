#include "engine/plan/past.hpp"

#include <algorithm>

namespace holdfast {
namespace {

// How long a run is believed to be alive where neither a lease nor a limit says more.
constexpr Duration kRunMax = std::chrono::hours(24);

void raise(std::optional<Instant>& newest, Instant at, Instant now) {
    if (at <= now && (!newest || *newest < at)) newest = at;
}

void read_job(const JobRecord& job, const ScopedDatabase& database, Instant now, DatabasePast& past) {
    const bool alive = is_alive(job, database, now);
    KindPast& kind = past.of(job.slot.kind);
    if (job.state == JobState::Done || job.state == JobState::Missed || alive) raise(kind.handled, job.slot.at, now);
    else if (job.slot.at <= now) kind.tried.push_back(&job);
    if (job.state != JobState::Missed) raise(past.newest_activity, job.started, now);
    if (job.run_as == BackupKind::Full && (job.state == JobState::Done || alive)) raise(past.full_begun, job.started, now);
    if (alive) kind.runs = true;
    if (job.run_as == BackupKind::Full && alive) past.full_runs = true;
}

void read_point(const RecoveryPoint& point, const ScopedDatabase& database, Instant now, DatabasePast& past) {
    raise(past.newest_activity, point.started, now);
    if (is_state(point.kind)) past.has_state = true;
    // The point itself says which slot it was made for: enough, should the record of the job be lost.
    if (point.provenance.slot) raise(past.of(point.kind).handled, *point.provenance.slot, now);
    if (point.kind == BackupKind::Full && point.provenance.slot) raise(past.of(BackupKind::Incremental).handled, *point.provenance.slot, now);
    if (point.soundness == Soundness::Damaged) return;
    if (point.kind == BackupKind::Full) raise(past.full_begun, point.started, now);
    const bool state = point.kind == BackupKind::Full || point.kind == BackupKind::Incremental;
    if (past.base != nullptr || !state || database.store == nullptr) return;
    const bool there = point.copies.empty() || std::find(point.copies.begin(), point.copies.end(), database.store->name) != point.copies.end();
    if (there) past.base = &point;
}

}  // namespace

bool is_alive(const JobRecord& job, const ScopedDatabase& database, Instant now) {
    if (job.state != JobState::Running) return false;
    if (job.lease_until) return *job.lease_until > now;
    const BackupRule* rule = database.rule(job.run_as);
    return job.started + (rule != nullptr ? rule->finish_within.value_or(kRunMax) : kRunMax) > now;
}

const JobRecord* KindPast::failure_of(Instant slot) const {
    const JobRecord* newest = nullptr;
    for (const JobRecord* job : tried) {
        if (job->slot.at == slot && (newest == nullptr || newest->attempt < job->attempt)) newest = job;
    }
    return newest;
}

void read_past(const ScopedDatabase& database, Instant now, DatabasePast& past) {
    for (KindPast& kind : past.kinds) {
        kind.handled.reset();
        kind.tried.clear();
        kind.runs = false;
    }
    past.has_state = past.full_runs = false;
    past.full_begun.reset();
    past.newest_activity.reset();
    past.base = past.ahead = nullptr;
    for (const JobRecord* job : database.jobs) read_job(*job, database, now, past);
    for (const RecoveryPoint* point : database.points) read_point(*point, database, now, past);
    if (!database.points.empty() && database.points.front()->instant > now) past.ahead = database.points.front();
}

}  // namespace holdfast
