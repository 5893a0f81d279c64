#include "engine/operations/drill_checks.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/record_work.hpp"
#include "engine/sqlite/row_counts.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kDifferencesShown = 5;

// Where the runbook has put the database: at the location that it was given, or in the place of the live one.
std::optional<Place> brought_back(const DrillWorld& world) {
    Place place = live_place_of(world.installation().policy.databases.front());
    place.is_copy = true;
    for (const fs::path& candidate : {world.elsewhere(), world.live()}) {
        place.location = candidate.string();
        if (fs::exists(candidate)) return place;
    }
    return std::nullopt;
}

DrillCheck check_integrity(const DrillWorld& world, const Place& place, Progress& progress, const CancelToken& cancel) {
    const Installation& scratch = world.installation();
    const Duration began = scratch.clock.steady();
    const IntegrityReport report = scratch.providers.of(place.engine).check_integrity(place, {.clock = scratch.clock, .progress = progress, .cancel = cancel});
    record_work(scratch, {WorkKind::Check, place.database, place.engine, {}, bytes_at(place)}, began);
    if (report.sound()) return {"integrity", true, join(report.checks, " and ") + " passed"};
    return {"integrity", false, fmt::format("{}, the first: {}: {}", counted(report.problem_count, "problem"), report.problems.front().where, report.problems.front().what)};
}

std::string differences(const RowCounts& recorded, const RowCounts& found) {
    std::vector<std::string> all;
    for (const auto& [table, rows] : recorded) {
        const auto now = found.find(table);
        if (now == found.end()) all.push_back(fmt::format("table {} is missing", printable(table, 60)));
        else if (now->second != rows) all.push_back(fmt::format("{} has {}, {} were recorded", printable(table, 60), counted(now->second, "row"), rows));
    }
    for (const auto& [table, rows] : found) {
        if (!recorded.contains(table)) all.push_back(fmt::format("table {} was not there", printable(table, 60)));
    }
    const std::size_t more = all.size() > kDifferencesShown ? all.size() - kDifferencesShown : 0;
    if (more > 0) all.resize(kDifferencesShown);
    return join(all, "; ") + (more > 0 ? fmt::format("; and {} more", more) : "");
}

// Nothing: none were recorded.
std::optional<DrillCheck> check_rows(const DrillWorld& world, const Place& place, const RecoveryPoint& point) {
    const Installation& scratch = world.installation();
    const PointManifest manifest = scratch.repositories.of(store_to_read(scratch, point)).point(point.database, point.id);
    const auto fact = manifest.facts.find(kRowCountsFact);
    if (fact == manifest.facts.end()) return std::nullopt;
    const RowCounts recorded = parse_row_counts(fact->second);
    Connection database = Connection::open(place.location, OpenMode::ReadWrite);
    const auto found = count_rows(database);
    if (!found) return DrillCheck{"row-counts", false, "it has more tables than it had"};
    if (*found == recorded) return DrillCheck{"row-counts", true, fmt::format("{} as recorded", counted(recorded.size(), "table"))};
    return DrillCheck{"row-counts", false, differences(recorded, *found)};
}

// Nothing: the policy has none.
std::optional<DrillCheck> check_probe(const DrillWorld& world, const Place& place) {
    const auto& sql = world.installation().policy.databases.front().application.probe_sql;
    if (!sql) return std::nullopt;
    const auto answer = world.installation().providers.of(place.engine).ask(place, *sql);
    const bool passed = answer && !answer->empty() && *answer != "0" && *answer != "f";
    return DrillCheck{"probe", passed, fmt::format("the policy's SQL says {}", answer ? printable(*answer, 60) : "NULL")};
}

}  // namespace

std::vector<DrillCheck> check_drilled(const DrillWorld& world, const RecoveryPoint& point, const std::vector<std::string>& demanded, Progress& progress, const CancelToken& cancel) {
    const auto place = brought_back(world);
    if (!place) return {{"integrity", false, "the runbook has brought nothing back"}};
    const auto is_demanded = [&](std::string_view name) { return std::ranges::find(demanded, name) != demanded.end(); };
    std::vector<DrillCheck> checks;
    const auto add = [&](std::string name, const std::string& lacking, const std::function<std::optional<DrillCheck>()>& check) {
        if (!demanded.empty() && !is_demanded(name)) return;
        try {
            if (auto result = check()) checks.push_back(std::move(*result));
            else if (is_demanded(name)) checks.push_back({std::move(name), false, lacking});
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            checks.push_back({std::move(name), false, error.message});
        }
    };
    add("integrity", "", [&] { return check_integrity(world, *place, progress, cancel); });
    add("row-counts", "no row counts were recorded with the backup (of servers and of databases above 256 MiB they are not)", [&] { return check_rows(world, *place, point); });
    add("probe", "the policy has no probe by SQL for it", [&] { return check_probe(world, *place); });
    return checks;
}

}  // namespace holdfast
