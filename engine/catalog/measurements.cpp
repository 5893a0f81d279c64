// What work took, and the drills that were run.
#include "engine/base/format.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/catalog/state.hpp"

namespace holdfast {
namespace {

// The one place that names the columns of `drill`; insert_drill and drill_in follow this order.
constexpr std::string_view kDrillColumns =
    "id, drill, database, runbook, runbook_hash, point, point_digest, state_of, started, finished, took, time_limit, passed, why, kept, "
    "policy_commit, policy_hash, host, user";

constexpr Duration kNoLimit{-1};

DrillRecord drill_in(const Statement& row) {
    DrillRecord drill;
    drill.id = row.text(0);
    drill.drill = row.text(1);
    drill.database = DatabaseName(row.text(2));
    drill.runbook = row.text(3);
    drill.runbook_hash = row.text(4);
    if (auto point = row.text_or_null(5)) drill.point = PointId(*point);
    drill.point_digest = row.text(6);
    drill.state_of = from_millis(row.integer(7));
    drill.started = from_millis(row.integer(8));
    drill.finished = from_millis(row.integer(9));
    drill.took = Duration(row.integer(10));
    if (const auto limit = row.integer_or_null(11)) drill.limit = Duration(*limit);
    drill.passed = row.integer(12) != 0;
    drill.why = row.text(13);
    drill.kept = row.text(14);
    drill.policy_commit = row.text(15);
    drill.policy_hash = row.text(16);
    drill.host = row.text(17);
    drill.user = row.text(18);
    return drill;
}

void insert_drill(Connection& database, const DrillRecord& drill) {
    const auto point = drill.point ? std::optional(drill.point->str()) : std::nullopt;
    const std::int64_t limit = drill.limit.value_or(kNoLimit).count();
    database.run(fmt::format("INSERT INTO drill ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, nullif(?12, -1), ?13, ?14, ?15, ?16, ?17, ?18, ?19)", kDrillColumns),
                 drill.id, drill.drill, drill.database.str(), drill.runbook, drill.runbook_hash, point, drill.point_digest, to_millis(drill.state_of),
                 to_millis(drill.started), to_millis(drill.finished), drill.took.count(), limit, drill.passed, drill.why, drill.kept, drill.policy_commit,
                 drill.policy_hash, drill.host, drill.user);
}

std::vector<DrillCheck> checks_of(Connection& database, const std::string& drill) {
    Statement row = database.prepare("SELECT name, passed, detail FROM drill_check WHERE drill = ?1 ORDER BY rowid");
    row.bind(1, drill);
    std::vector<DrillCheck> checks;
    while (row.step()) checks.push_back({.name = row.text(0), .passed = row.integer(1) != 0, .detail = row.text(2)});
    return checks;
}

}  // namespace

void Catalog::record_measurement(const Measurement& measurement) {
    const auto lock = state_->lock();
    state_->database.run("INSERT INTO measurement (at, kind, database, engine, store, host, bytes, took) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                         to_millis(measurement.at), name_of(measurement.kind), measurement.database.str(), name_of(measurement.engine), measurement.store.str(),
                         measurement.host, measurement.bytes, measurement.took.count());
}

std::vector<Measurement> Catalog::measurements(const std::vector<WorkKind>& kinds, Instant since, Instant until) const {
    const auto lock = state_->lock();
    std::vector<Measurement> found;
    for (const WorkKind kind : kinds) {
        Statement row = state_->database.prepare("SELECT at, database, engine, store, host, bytes, took FROM measurement WHERE kind = ?1 AND at > ?2 AND at <= ?3 ORDER BY at, id");
        row.bind_all(name_of(kind), to_millis(since), to_millis(until));
        while (row.step()) {
            found.push_back({.at = from_millis(row.integer(0)), .kind = kind, .database = DatabaseName(row.text(1)), .engine = enum_named(row.text(2), EngineKind::SqlServer),
                             .store = StoreName(row.text(3)), .host = row.text(4), .bytes = static_cast<std::uint64_t>(row.integer(5)), .took = Duration(row.integer(6))});
        }
    }
    return found;
}

void Catalog::record_drill(const DrillRecord& drill) {
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    insert_drill(state_->database, drill);
    for (const DrillCheck& check : drill.checks) {
        state_->database.run("INSERT INTO drill_check (drill, name, passed, detail) VALUES (?1, ?2, ?3, ?4)", drill.id, check.name, check.passed, check.detail);
    }
    transaction.commit();
}

void Catalog::forget_kept(const std::string& drill) {
    const auto lock = state_->lock();
    state_->database.run("UPDATE drill SET kept = '' WHERE id = ?1", drill);
}

std::vector<DrillRecord> Catalog::drills(const std::optional<DatabaseName>& database) const {
    const auto lock = state_->lock();
    const Transaction snapshot(state_->database, Transaction::Kind::Deferred);
    Statement row = state_->database.prepare(fmt::format("SELECT {} FROM drill WHERE (?1 IS NULL OR database = ?1) ORDER BY number DESC", kDrillColumns));
    row.bind(1, database ? std::optional(database->str()) : std::nullopt);
    std::vector<DrillRecord> drills;
    while (row.step()) drills.push_back(drill_in(row));
    for (DrillRecord& drill : drills) drill.checks = checks_of(state_->database, drill.id);
    return drills;
}

}  // namespace holdfast
