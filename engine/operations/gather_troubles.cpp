#include "engine/operations/gather_troubles.hpp"

#include <algorithm>

#include "engine/operations/gather_evidence.hpp"
#include "engine/operations/run_book.hpp"

namespace holdfast {
namespace {

bool is_wanted(const Policy& policy, NoticeEvent event) {
    return std::ranges::any_of(policy.notify, [&](const NotifySpec& way) { return std::ranges::find(way.on, event) != way.on.end(); });
}

std::optional<FailedRun> newest_failure(const Catalog& catalog, const DatabaseName& database, BackupKind kind) {
    std::optional<JobRecord> newest;
    for (JobRecord& job : catalog.recent_jobs(database, kind)) {
        if (!job.finished) continue;
        if (!newest || job.slot.at > newest->slot.at || (job.slot.at == newest->slot.at && job.attempt > newest->attempt)) newest = std::move(job);
    }
    if (!newest || newest->state == JobState::Done) return std::nullopt;
    return FailedRun{.database = database, .kind = kind, .slot = newest->slot.at, .finished = *newest->finished, .missed = newest->state == JobState::Missed, .error = newest->error};
}

std::vector<FailedRun> failed_runs(const Workplace& workplace) {
    std::vector<FailedRun> failed;
    for (const DatabaseSpec& database : workplace.policy().databases) {
        const BackupPolicy* backups = workplace.policy().policy(database.policy);
        if (backups == nullptr) continue;
        for (const BackupRule& rule : backups->backups) {
            if (auto failure = newest_failure(workplace.catalog(), database.name, rule.kind)) failed.push_back(std::move(*failure));
        }
    }
    return failed;
}

std::vector<WaitingRun> waiting_runs(const Workplace& workplace) {
    std::vector<WaitingRun> waiting;
    for (const RunSummary& run : list_runs(workplace)) {
        if (run.state == RunState::Waiting) waiting.push_back({.run = run.id.str(), .runbook = run.runbook, .database = run.database, .waits_for = run.last, .started = run.started});
    }
    return waiting;
}

}  // namespace

TroublesNow gather_troubles(const Workplace& workplace) {
    const Policy& policy = workplace.policy();
    TroubleFacts facts;
    facts.evidence = gather_recent_evidence(workplace, is_wanted(policy, NoticeEvent::KeyDue) || is_wanted(policy, NoticeEvent::SpaceLow));
    if (is_wanted(policy, NoticeEvent::BackupFailed)) facts.failed = failed_runs(workplace);
    if (is_wanted(policy, NoticeEvent::ApprovalNeeded)) facts.waiting = waiting_runs(workplace);
    return troubles_in(policy, facts);
}

}  // namespace holdfast
