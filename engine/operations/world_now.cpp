#include "engine/operations/world_now.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kWatching = "watching began";
// Per database: weeks of the shortest schedule that is reasonable. Older runs are known by their points.
constexpr std::size_t kJobsPerDatabase = 5000;

}  // namespace

World world_now(const Workplace& workplace) {
    const Catalog& catalog = workplace.catalog();
    World world;
    world.points = catalog.points(std::nullopt);
    for (const DatabaseSpec& database : workplace.policy().databases) {
        JobQuery query;
        query.database = database.name;
        query.limit = kJobsPerDatabase;
        std::vector<JobRecord> jobs = catalog.jobs(query);
        world.jobs.insert(world.jobs.end(), std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
    }
    world.watching_since = catalog.last_done(std::string(kWatching));
    for (const RecoveryPoint& point : world.points) {
        world.source_bytes.try_emplace(point.database, point.source_bytes);   // Newest first: the first one counts.
    }
    return world;
}

void begin_watching(const Workplace& workplace) {
    Catalog& catalog = workplace.catalog();
    if (!catalog.last_done(std::string(kWatching))) catalog.set_last_done(std::string(kWatching), workplace.built().clock.now());
}

}  // namespace holdfast
