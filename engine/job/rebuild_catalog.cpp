#include "engine/job/rebuild_catalog.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/job/log_stream.hpp"
#include "engine/job/wal_care.hpp"

namespace holdfast {
namespace {

// Databases that nobody works on meanwhile; others are left as they are.
struct QuietDatabases {
    std::map<DatabaseName, DatabaseLock> locks;
    std::set<DatabaseName> busy;
};

std::set<DatabaseName> known_databases(const Installation& installation) {
    std::set<DatabaseName> names;
    for (const DatabaseSpec& spec : installation.policy.databases) names.insert(spec.name);
    for (const RecoveryPoint& point : installation.catalog.points(std::nullopt)) names.insert(point.database);
    return names;
}

QuietDatabases lock_databases(const Installation& installation, RebuildReport& report) {
    QuietDatabases quiet;
    for (const DatabaseName& name : known_databases(installation)) {
        try {
            quiet.locks.emplace(name, DatabaseLock::take(installation, name, "a rebuild of the catalog"));
        } catch (const Error& error) {
            if (error.code != ErrorCode::Busy) throw;
            quiet.busy.insert(name);
            report.notes.push_back(fmt::format("{} is left as it was: {}", name.str(), error.message));
        }
    }
    return quiet;
}

std::set<PointId> held_by(const Installation& installation, const StoreName& store) {
    std::set<PointId> held;
    for (const RecoveryPoint& point : installation.catalog.points(std::nullopt)) {
        if (std::ranges::find(point.copies, store) != point.copies.end()) held.insert(point.id);
    }
    return held;
}

std::map<DatabaseName, std::vector<RecoveryPoint>> read_store(const Installation& installation, const StoreName& store) {
    std::map<DatabaseName, std::vector<RecoveryPoint>> found;
    if (!Repository::exists(installation.repositories.store(store))) return found;
    for (PointManifest& manifest : installation.repositories.of(store).points(std::nullopt)) {
        manifest.point.copies.clear();
        found[manifest.point.database].push_back(std::move(manifest.point));
    }
    return found;
}

std::vector<LogWindow> read_windows(const Installation& installation, const StoreName& store, const DatabaseName& database) {
    std::vector<LogWindow> windows;
    if (!Repository::exists(installation.repositories.store(store))) return windows;
    for (const LogStreamFacts& facts : installation.repositories.of(store).log_streams(database)) {
        windows.push_back(window_of(database, store, facts, facts.hole));
    }
    return windows;
}

void require_mounted(const Installation& installation, const StoreName& store, std::size_t known) {
    if (known == 0 || Repository::exists(installation.repositories.store(store))) return;
    throw Error(ErrorCode::Missing, fmt::format("it holds no repository, but the catalog knows {} in it: is it mounted? Where its content is lost for good, "
                                                "`runbook catalog rebuild --lost {}` forgets them",
                                                counted(known, "recovery point"), store.str()));
}

void require_lost(const Installation& installation, const std::set<StoreName>& lost) {
    for (const StoreName& name : lost) {
        if (installation.policy.store(name) == nullptr) {
            throw Error(ErrorCode::Usage, fmt::format("there is no store {} in the policy", printable(name.str())), "`runbook policy explain` shows the stores.");
        }
        if (!Repository::exists(installation.repositories.store(name))) continue;
        throw Error(ErrorCode::Usage, fmt::format("store {} is not lost: it holds a repository", name.str()), "Run it without --lost: what the store holds is read.");
    }
}

RebuildReport::PerStore rebuild_store(const Installation& installation, const StoreName& store, bool lost, const QuietDatabases& quiet) {
    RebuildReport::PerStore report{.store = store, .points = 0, .added = 0, .removed = 0, .error = {}};
    const std::set<PointId> before = held_by(installation, store);
    if (!lost) require_mounted(installation, store, before.size());
    auto found = read_store(installation, store);
    for (const auto& [name, lock] : quiet.locks) found.try_emplace(name);
    fault_point("job.rebuild.before");
    for (const auto& [database, points] : found) {
        if (quiet.busy.contains(database)) continue;
        installation.catalog.replace_points_of(store, database, points);
        const DatabaseSpec* spec = installation.policy.database(database);
        if (spec != nullptr && spec->engine == EngineKind::Postgres) record_wal(installation, *spec, store);
        else installation.catalog.replace_windows_of(store, database, read_windows(installation, store, database));
    }
    fault_point("job.rebuild.after");
    const std::set<PointId> after = held_by(installation, store);
    report.points = after.size();
    for (const PointId& id : after) report.added += before.contains(id) ? 0U : 1U;
    for (const PointId& id : before) report.removed += after.contains(id) ? 0U : 1U;
    return report;
}

}  // namespace

bool RebuildReport::ok() const {
    return std::ranges::all_of(stores, [](const PerStore& store) { return store.error.empty(); });
}

RebuildReport rebuild_catalog(const Installation& installation, const std::set<StoreName>& lost, Progress& progress, CancelToken cancel) {
    require_lost(installation, lost);
    RebuildReport report;
    const QuietDatabases quiet = lock_databases(installation, report);
    for (const StoreSpec& spec : installation.policy.stores) {
        throw_if_cancelled(cancel);
        progress.begin(fmt::format("reading the points of {}", spec.name.str()), 0);
        try {
            report.stores.push_back(rebuild_store(installation, spec.name, lost.contains(spec.name), quiet));
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            report.stores.push_back({.store = spec.name, .points = 0, .added = 0, .removed = 0, .error = error.message});
        }
        progress.end();
        const auto& done = report.stores.back();
        if (done.error.empty()) {
            installation.catalog.audit("catalog.rebuild", spec.name.str(), fmt::format("{}, {} added, {} removed", counted(done.points, "point"), done.added, done.removed));
        }
    }
    return report;
}

}  // namespace holdfast
