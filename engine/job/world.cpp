#include "engine/job/world.hpp"

#include "engine/base/error.hpp"
#include "engine/job/database_lock.hpp"

namespace holdfast {
namespace {

// A run that was killed leaves its lease behind, but not its lock: no need to wait for the lease to end.
bool is_abandoned(const Installation& installation, const JobRecord& job) {
    if (job.state != JobState::Running) return false;
    try {
        DatabaseLock::take(installation, job.slot.database, "planning");
        return true;
    } catch (const Error& error) {
        if (error.code == ErrorCode::Busy) return false;
        throw;
    }
}

}  // namespace

World world_of(const Installation& installation) {
    World world;
    world.points = installation.catalog.points(std::nullopt);
    world.windows = installation.catalog.windows(std::nullopt);
    world.watching_since = installation.catalog.watching_since();
    for (const DatabaseSpec& spec : installation.policy.databases) {
        const BackupPolicy* policy = installation.policy.policy(spec.policy);
        if (policy == nullptr) continue;
        for (const BackupRule& rule : policy->backups) {
            for (JobRecord& job : installation.catalog.recent_jobs(spec.name, rule.kind)) {
                if (is_abandoned(installation, job)) job.lease_until = job.started;
                world.jobs.push_back(std::move(job));
            }
        }
    }
    // Newest first, so the first size of a database is its latest.
    for (const RecoveryPoint& point : world.points) world.source_bytes.try_emplace(point.database, point.source_bytes);
    return world;
}

}  // namespace holdfast
