// Recovery points, which stores hold them, and what checks of them said.
#include <map>
#include <set>

#include "engine/base/check.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/catalog/state.hpp"

namespace holdfast {
namespace {

// The one place that names the columns of `point`; put_row and point_in follow this order.
constexpr std::string_view kPointColumns =
    "id, database, engine, kind, started, instant, finished, source_bytes, read_bytes, stored_bytes, pinned, keep_until, "
    "policy_commit, policy_dirty, policy_hash, slot, host, user, version, why, key";

RecoveryPoint point_in(const Statement& row) {
    RecoveryPoint point;
    point.id = PointId(row.text(0));
    point.database = DatabaseName(row.text(1));
    point.engine = enum_named(row.text(2), EngineKind::SqlServer);
    point.kind = enum_named(row.text(3), BackupKind::Raw);
    point.started = from_millis(row.integer(4));
    point.instant = from_millis(row.integer(5));
    point.finished = from_millis(row.integer(6));
    point.source_bytes = static_cast<std::uint64_t>(row.integer(7));
    point.read_bytes = static_cast<std::uint64_t>(row.integer(8));
    point.stored_bytes = static_cast<std::uint64_t>(row.integer(9));
    point.pinned = row.integer(10) != 0;
    point.keep_until = instant_or_none(row.integer_or_null(11));
    Provenance& from = point.provenance;
    from.policy_commit = row.text(12);
    from.policy_dirty = row.integer(13) != 0;
    from.policy_hash = row.text(14);
    from.slot = instant_or_none(row.integer_or_null(15));
    from.host = row.text(16);
    from.user = row.text(17);
    from.version = row.text(18);
    from.why = row.text(19);
    from.key = row.text(20);
    return point;
}

// Facts are replaced; pins stay.
void put_row(Connection& database, const RecoveryPoint& point) {
    const Provenance& from = point.provenance;
    database.run(
        fmt::format("INSERT INTO point ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
                    "?18, ?19, ?20, ?21) ON CONFLICT (id) DO UPDATE SET started = excluded.started, instant = excluded.instant, "
                    "finished = excluded.finished, source_bytes = excluded.source_bytes, read_bytes = excluded.read_bytes, "
                    "stored_bytes = excluded.stored_bytes",
                    kPointColumns),
        point.id.str(), point.database.str(), name_of(point.engine), name_of(point.kind), to_millis(point.started),
        to_millis(point.instant), to_millis(point.finished), point.source_bytes, point.read_bytes, point.stored_bytes,
        point.pinned, millis_or_none(point.keep_until), from.policy_commit, from.policy_dirty, from.policy_hash,
        millis_or_none(from.slot), from.host, from.user, from.version, from.why, from.key);
}

// What a store knows to be kept is kept here as well, and nothing that is kept here is let go.
void add_pin(Connection& database, const PointId& point, const Pin& pin) {
    database.run("UPDATE point SET pinned = max(pinned, ?2), keep_until = CASE WHEN keep_until >= ?3 THEN keep_until ELSE coalesce(?3, keep_until) END "
                 "WHERE id = ?1", point.str(), pin.pinned, millis_or_none(pin.keep_until));
}

void put_copy(Connection& database, const PointId& point, const StoreName& store) {
    database.run("INSERT INTO copy (point, store) VALUES (?1, ?2) ON CONFLICT DO NOTHING", point.str(), store.str());
}

void drop_copy_row(Connection& database, const PointId& point, const StoreName& store) {
    database.run("DELETE FROM copy WHERE point = ?1 AND store = ?2", point.str(), store.str());
    database.run("DELETE FROM verification WHERE point = ?1 AND store = ?2", point.str(), store.str());
    database.run("DELETE FROM point WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM copy WHERE point = ?1)", point.str());
}

// A point is as sound as its best copy, and damaged only where each one is.
void add_copy_to(RecoveryPoint& point, StoreName store, Soundness soundness) {
    const auto rank = [](Soundness value) { return value == Soundness::Sound ? 2 : value == Soundness::Unchecked ? 1 : 0; };
    if (point.copies.empty() || rank(soundness) > rank(point.soundness)) point.soundness = soundness;
    point.copies.push_back(std::move(store));
}

// Reads the points that `where` selects, newest first, with their copies. ?1 and ?2 are bound where not empty.
std::vector<RecoveryPoint> read_points(Connection& database, std::string_view where, const std::optional<std::string>& first,
                                       const std::optional<std::string>& second = std::nullopt) {
    std::vector<RecoveryPoint> points;
    std::map<std::string, std::size_t> place_of;
    const auto bind_both = [&](Statement& statement) {
        if (first) statement.bind(1, *first);
        if (second) statement.bind(2, *second);
    };
    Statement rows = database.prepare(
        fmt::format("SELECT {} FROM point WHERE {} ORDER BY instant DESC, id DESC", kPointColumns, where));
    bind_both(rows);
    while (rows.step()) {
        points.push_back(point_in(rows));
        place_of.emplace(points.back().id.str(), points.size() - 1);
    }
    Statement copies = database.prepare(fmt::format(
        "SELECT copy.point, copy.store, copy.soundness FROM copy JOIN point ON point.id = copy.point WHERE {} ORDER BY copy.rowid",
        where));
    bind_both(copies);
    while (copies.step()) {
        const auto found = place_of.find(copies.text(0));
        if (found == place_of.end()) continue;
        add_copy_to(points[found->second], StoreName(copies.text(1)), enum_named(copies.text(2), Soundness::Damaged));
    }
    return points;
}

[[noreturn]] void throw_no_such_point(const PointId& id) {
    throw Error(ErrorCode::Missing, "there is no recovery point " + printable(id.str()),
                "`runbook catalog list` shows all of them.");
}

}  // namespace

void Catalog::put_point(const RecoveryPoint& point) {
    const auto lock = state_->lock();
    fault_point("catalog.point.before");
    Transaction transaction(state_->database);
    put_row(state_->database, point);
    for (const StoreName& store : point.copies) put_copy(state_->database, point.id, store);
    transaction.commit();
    fault_point("catalog.point.after");
}

void Catalog::add_copy(const PointId& point, const StoreName& store) {
    const auto lock = state_->lock();
    if (!state_->database.integer("SELECT 1 FROM point WHERE id = ?1", point.str())) throw_no_such_point(point);
    put_copy(state_->database, point, store);
}

void Catalog::remove_copy(const PointId& point, const StoreName& store) {
    const auto lock = state_->lock();
    fault_point("catalog.remove_copy.before");
    Transaction transaction(state_->database);
    drop_copy_row(state_->database, point, store);
    transaction.commit();
    fault_point("catalog.remove_copy.after");
}

std::vector<RecoveryPoint> Catalog::points(const std::optional<DatabaseName>& database) const {
    const auto lock = state_->lock();
    const Transaction snapshot(state_->database, Transaction::Kind::Deferred);
    if (!database) return read_points(state_->database, "expiring = 0", std::nullopt);
    return read_points(state_->database, "expiring = 0 AND database = ?1", database->str());
}

std::vector<RecoveryPoint> Catalog::expiring() const {
    const auto lock = state_->lock();
    const Transaction snapshot(state_->database, Transaction::Kind::Deferred);
    return read_points(state_->database, "expiring = 1", std::nullopt);
}

std::optional<RecoveryPoint> Catalog::point(const PointId& id) const {
    const auto lock = state_->lock();
    const Transaction snapshot(state_->database, Transaction::Kind::Deferred);
    auto points = read_points(state_->database, "expiring = 0 AND id = ?1", id.str());
    return points.empty() ? std::nullopt : std::optional(std::move(points.front()));
}

std::optional<RecoveryPoint> Catalog::point_by_key(const DatabaseName& database, const std::string& key) const {
    if (key.empty()) return std::nullopt;
    const auto lock = state_->lock();
    const Transaction snapshot(state_->database, Transaction::Kind::Deferred);
    auto points = read_points(state_->database, "expiring = 0 AND database = ?1 AND key = ?2 AND key <> ''", database.str(), key);
    return points.empty() ? std::nullopt : std::optional(std::move(points.front()));
}

RecoveryPoint Catalog::point_by_prefix(const std::string& prefix) const {
    const auto lock = state_->lock();
    const Transaction snapshot(state_->database, Transaction::Kind::Deferred);
    // Compared as text, not with LIKE: `%` and `_` in what a person typed mean nothing.
    auto points = read_points(state_->database, "expiring = 0 AND substr(id, 1, length(?1)) = ?1 AND ?1 <> ''", prefix);
    if (points.empty()) throw_no_such_point(PointId(prefix));
    if (points.size() == 1 || points.front().id.str() == prefix) return std::move(points.front());
    std::vector<std::string> candidates;
    for (const RecoveryPoint& point : points) {
        if (candidates.size() == 10) break;
        candidates.push_back(fmt::format("{} ({}, {})", point.id.str(), point.database.str(), to_rfc3339(point.instant)));
    }
    throw Error(ErrorCode::Usage,
                fmt::format("{} fits {}: {}{}", printable(prefix), counted(points.size(), "recovery point"),
                            join(candidates, ", "), points.size() > candidates.size() ? ", …" : ""),
                "Give more of the id.");
}

void Catalog::set_pinned(const PointId& id, bool pinned, std::optional<Instant> until) {
    const auto lock = state_->lock();
    // With an end it is `keep_until`; without one it is pinned until somebody unpins it.
    state_->database.run("UPDATE point SET pinned = ?2, keep_until = ?3 WHERE id = ?1 AND expiring = 0", id.str(),
                         pinned && !until, millis_or_none(pinned ? until : std::nullopt));
    if (state_->database.changes() == 0) throw_no_such_point(id);
}

bool Catalog::begin_expiry(const PointId& id) {
    const auto lock = state_->lock();
    fault_point("catalog.expiry.before");
    state_->database.run(
        "UPDATE point SET expiring = 1 WHERE id = ?1 AND expiring = 0 AND pinned = 0 AND (keep_until IS NULL OR keep_until <= ?2)",
        id.str(), to_millis(state_->clock.now()));
    const bool begun = state_->database.changes() == 1;
    fault_point("catalog.expiry.after");
    return begun;
}

void Catalog::replace_points_of(const StoreName& store, const DatabaseName& database, const std::vector<RecoveryPoint>& points) {
    const auto lock = state_->lock();
    fault_point("catalog.replace.before");
    Transaction transaction(state_->database);
    std::set<PointId> found;
    for (const RecoveryPoint& point : points) {
        HOLDFAST_CHECK(point.database == database);
        put_row(state_->database, point);
        add_pin(state_->database, point.id, point.pin());
        put_copy(state_->database, point.id, store);
        found.insert(point.id);
    }
    for (const RecoveryPoint& known : read_points(state_->database, "database = ?1", database.str())) {
        if (!found.contains(known.id)) drop_copy_row(state_->database, known.id, store);
    }
    transaction.commit();
    fault_point("catalog.replace.after");
}

void Catalog::record_verification(const Verification& verification) {
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    if (!state_->database.integer("SELECT 1 FROM point WHERE id = ?1", verification.point.str())) return;
    state_->database.run("INSERT INTO verification (point, store, at, sound, depth, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                         verification.point.str(), verification.store.str(), to_millis(verification.at), verification.sound,
                         verification.depth, verification.detail);
    state_->database.run("UPDATE copy SET soundness = ?3 WHERE point = ?1 AND store = ?2", verification.point.str(),
                         verification.store.str(), name_of(verification.sound ? Soundness::Sound : Soundness::Damaged));
    transaction.commit();
}

std::vector<Verification> Catalog::verifications(const std::optional<PointId>& point) const {
    const auto lock = state_->lock();
    Statement row = state_->database.prepare(
        "SELECT point, store, at, sound, depth, detail FROM verification WHERE (?1 IS NULL OR point = ?1) ORDER BY id DESC");
    row.bind(1, point ? std::optional(point->str()) : std::nullopt);
    std::vector<Verification> verifications;
    while (row.step()) {
        verifications.push_back({.point = PointId(row.text(0)),
                                 .store = StoreName(row.text(1)),
                                 .at = from_millis(row.integer(2)),
                                 .sound = row.integer(3) != 0,
                                 .depth = row.text(4),
                                 .detail = row.text(5)});
    }
    return verifications;
}

Soundness Catalog::soundness_in(const PointId& id, const StoreName& store) const {
    const auto lock = state_->lock();
    const auto name = state_->database.text("SELECT soundness FROM copy WHERE point = ?1 AND store = ?2", id.str(), store.str());
    return name ? enum_named(*name, Soundness::Damaged) : Soundness::Unchecked;
}

}  // namespace holdfast
