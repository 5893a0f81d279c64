#include "engine/job/copy_points.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/job/open_repository.hpp"
#include "engine/job/pins.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/record_work.hpp"
#include "engine/repository/copy_point.hpp"

namespace holdfast {

std::vector<CopyJob> missing_copies_of(const Installation& installation, const RecoveryPoint& point) {
    std::vector<CopyJob> missing;
    if (point.copies.empty()) return missing;
    const EnvironmentSpec& environment = installation.environment_of(installation.database(point.database));
    for (const StoreName& store : environment.copies) {
        if (std::ranges::find(point.copies, store) != point.copies.end()) continue;
        missing.push_back({.point = point.id,
                           .database = point.database,
                           .from = point.copies.front(),
                           .to = store,
                           .why = fmt::format("environment {} keeps a copy in {}", environment.name.str(), store.str())});
    }
    return missing;
}

void make_copy(const Installation& installation, const CopyJob& copy, Progress& progress, CancelToken cancel) {
    within(fmt::format("copy {} of {} from {} to {}", copy.point.str(), copy.database.str(), copy.from.str(), copy.to.str()), [&] {
        if (installation.catalog.soundness_in(copy.point, copy.from) == Soundness::Damaged) {
            throw Error(ErrorCode::Corrupt, "the point is damaged there", "A new backup makes up for it.");
        }
        Repository& from = installation.repositories.of(copy.from);
        Repository& to = open_for_writing(installation, copy.to);
        progress.begin(fmt::format("copying {} to {}", copy.database.str(), copy.to.str()), 0);
        fault_point("job.copy.before");
        const Duration began = installation.clock.steady();
        const PointManifest copied = copy_point(from, copy.database, copy.point, to, progress, cancel);
        fault_point("job.copy.after");
        progress.end();
        tell_of_pin(installation, copy.database, copy.point, to);
        installation.catalog.add_copy(copy.point, copy.to);
        record_work(installation, {WorkKind::Copy, copy.database, copied.point.engine, copy.to, copied.point.stored_bytes}, began);
        installation.catalog.audit("copy", copy.database.str(), fmt::format("{} from {} to {}", copy.point.str(), copy.from.str(), copy.to.str()));
    });
}

}  // namespace holdfast
