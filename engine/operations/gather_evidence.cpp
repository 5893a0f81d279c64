#include "engine/operations/gather_evidence.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include "engine/base/format.hpp"
#include "engine/operations/prove.hpp"
#include "engine/operations/run_book.hpp"

namespace holdfast {
namespace {

constexpr Duration kHistory = std::chrono::hours(24 * 366);
constexpr Duration kRecent = std::chrono::hours(24 * 31);
constexpr std::size_t kRunsMax = 5'000'000;
constexpr std::size_t kFolderEntriesMax = 10'000;

// What is there now, or was known at the past time that is asked about.
CatalogMoment moment_of(const Catalog& catalog, const Evidence& evidence, bool past) {
    if (past) return catalog.as_of(evidence.as_of, std::nullopt);
    return {.points = catalog.points(std::nullopt), .checks = catalog.verifications(std::nullopt), .windows = catalog.windows(std::nullopt)};
}

void gather_record(const Catalog& catalog, bool past, Duration history, Evidence& evidence) {
    CatalogMoment moment = moment_of(catalog, evidence, past);
    std::unordered_map<std::string, std::string> database_of;
    for (RecoveryPoint& point : moment.points) {
        database_of.emplace(point.id.str(), point.database.str());
        evidence.databases[point.database.str()].points.push_back(std::move(point));
    }
    for (const Verification& check : moment.checks) {
        const auto database = database_of.find(check.point.str());
        if (database == database_of.end()) continue;
        evidence.databases[database->second].checks.push_back({check.point, check.store, check.at, check.sound, check.depth == name_of(VerifyDepth::Restore)});
    }
    for (LogWindow& window : moment.windows) evidence.databases[window.database.str()].windows.push_back(std::move(window));
    JobQuery query;
    query.since = evidence.as_of - history;
    query.limit = kRunsMax;
    std::vector<JobRecord> jobs = catalog.jobs(query);
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
        if (!job->finished || *job->finished > evidence.as_of) continue;
        evidence.databases[job->slot.database.str()].runs.push_back({job->slot.at, job->started, *job->finished, job->run_as, job->state, job->stored_bytes});
    }
}

void gather_recoveries(const Workplace& workplace, Evidence& evidence) {
    evidence.host = workplace.installation().provenance.host;
    evidence.measurements = workplace.catalog().measurements({WorkKind::Restore, WorkKind::Replay, WorkKind::Check}, evidence.as_of - kRatesOf, evidence.as_of);
    for (DrillRecord& drill : workplace.catalog().drills(std::nullopt)) {
        if (drill.finished <= evidence.as_of) evidence.databases[drill.database.str()].drills.push_back(std::move(drill));
    }
}

void gather_books(const Workplace& workplace, Evidence& evidence) {
    for (const RunbookFile& file : runbook_files(workplace.runbook_folders())) evidence.runbooks.push_back(file.name);
    for (const RunSummary& run : list_runs(workplace)) {
        if (run.done_at && *run.done_at <= evidence.as_of) evidence.book_runs.push_back({run.runbook, run.started, *run.done_at});
    }
}

bool is_sqlite_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string head(16, '\0');
    return file.read(head.data(), 16) && head == std::string_view("SQLite format 3\0", 16);
}

// SQLite databases in the folders of those that the policy names, and not among them.
std::vector<std::string> uncovered_files(const Policy& policy) {
    std::set<fs::path> folders, covered;
    for (const DatabaseSpec& database : policy.databases) {
        if (database.engine != EngineKind::Sqlite) continue;
        std::error_code missing;
        const fs::path file = fs::weakly_canonical(database.path, missing);
        covered.insert(file);
        folders.insert(file.parent_path());
    }
    std::vector<std::string> found;
    for (const fs::path& folder : folders) {
        std::size_t seen = 0;
        std::error_code unreadable;
        for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
            std::error_code gone;
            if (++seen > kFolderEntriesMax) break;
            if (!entry.is_regular_file(gone) || !is_sqlite_file(entry.path())) continue;
            if (!covered.contains(fs::weakly_canonical(entry.path(), gone))) found.push_back(entry.path().string());
        }
    }
    std::ranges::sort(found);
    return found;
}

void compare_inventory(const Workplace& workplace, Repository& repository, StoreFacts& facts) {
    std::set<PointId> there, listed;
    for (const PointManifest& manifest : repository.points(std::nullopt)) there.insert(manifest.point.id);
    for (const RecoveryPoint& point : workplace.catalog().points(std::nullopt)) {
        if (std::ranges::find(point.copies, facts.store) != point.copies.end()) listed.insert(point.id);
    }
    for (const PointId& id : listed) facts.lost_points += there.contains(id) ? 0U : 1U;
    for (const PointId& id : there) facts.unlisted_points += listed.contains(id) ? 0U : 1U;
}

StoreFacts look_at_store(const Workplace& workplace, const StoreSpec& spec, bool compare) {
    StoreFacts facts;
    facts.store = spec.name;
    if (!workplace.built().stores.has(spec.url)) {
        facts.unreachable = "this build cannot open stores of its kind";
        return facts;
    }
    try {
        Store& store = workplace.installation().repositories.store(spec.name);
        facts.free_bytes = store.free_bytes();
        if (!Repository::exists(store)) {
            const auto points = workplace.catalog().points(std::nullopt);
            facts.lost_points = static_cast<std::size_t>(std::ranges::count_if(points, [&](const RecoveryPoint& point) { return std::ranges::find(point.copies, spec.name) != point.copies.end(); }));
            return facts;
        }
        Repository& repository = workplace.installation().repositories.of(spec.name);
        facts.stored_bytes = repository.stored_bytes();
        for (const KeyFacts& key : repository.keys()) facts.keys.push_back(key.created);
        if (compare) compare_inventory(workplace, repository, facts);
    } catch (const Error& error) {
        facts.unreachable = error.message;
    }
    return facts;
}

// `compare`: what it holds with what the catalog says as well, which reads every point of it.
std::vector<StoreFacts> look_at_stores(const Workplace& workplace, bool compare) {
    std::set<StoreName> used;
    for (const EnvironmentSpec& environment : workplace.policy().environments) used.insert(environment.copies.begin(), environment.copies.end());
    std::vector<StoreFacts> stores;
    for (const StoreSpec& spec : workplace.policy().stores) {
        if (used.contains(spec.name)) stores.push_back(look_at_store(workplace, spec, compare));
    }
    return stores;
}

LiveFacts look_around(const Workplace& workplace) {
    LiveFacts live;
    live.uncovered = uncovered_files(workplace.policy());
    live.stores = look_at_stores(workplace, true);
    const AuditReport chain = workplace.catalog().verify_audit();
    if (!chain.ok()) live.broken_chain = fmt::format("entry {}: {}", *chain.broken_at, chain.why);
    for (const RecoveryPoint& point : workplace.catalog().points(std::nullopt)) live.newest_instant = std::max(live.newest_instant, point.instant);
    return live;
}

}  // namespace

Evidence gather_evidence(const Workplace& workplace, std::optional<Instant> as_of) {
    Evidence evidence;
    evidence.as_of = as_of.value_or(workplace.built().clock.now());
    evidence.watching_since = workplace.catalog().watching_since();
    const LoadOptions able = load_options(workplace.built(), workplace.policy().folder);
    evidence.can_lock = able.features.contains(PolicyFeature::StoreLock);
    evidence.can_drill = able.features.contains(PolicyFeature::Drills);
    gather_record(workplace.catalog(), as_of.has_value(), kHistory, evidence);
    gather_recoveries(workplace, evidence);
    gather_books(workplace, evidence);
    if (!as_of) evidence.live = look_around(workplace);
    return evidence;
}

Evidence gather_recent_evidence(const Workplace& workplace, bool with_stores) {
    Evidence evidence;
    evidence.as_of = workplace.built().clock.now();
    evidence.watching_since = workplace.catalog().watching_since();
    gather_record(workplace.catalog(), false, kRecent, evidence);
    for (DrillRecord& drill : workplace.catalog().drills(std::nullopt)) evidence.databases[drill.database.str()].drills.push_back(std::move(drill));
    evidence.live.emplace();
    if (with_stores) evidence.live->stores = look_at_stores(workplace, false);
    return evidence;
}

}  // namespace holdfast
