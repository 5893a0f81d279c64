#include "engine/job/world.hpp"

namespace holdfast {

World world_of(const Installation& installation) {
    World world;
    world.points = installation.catalog.points(std::nullopt);
    world.watching_since = installation.catalog.watching_since();
    for (const DatabaseSpec& spec : installation.policy.databases) {
        const BackupPolicy* policy = installation.policy.policy(spec.policy);
        if (policy == nullptr) continue;
        for (const BackupRule& rule : policy->backups) {
            for (JobRecord& job : installation.catalog.recent_jobs(spec.name, rule.kind)) world.jobs.push_back(std::move(job));
        }
    }
    // Newest first, so the first size of a database is its latest.
    for (const RecoveryPoint& point : world.points) world.source_bytes.try_emplace(point.database, point.source_bytes);
    return world;
}

}  // namespace holdfast
