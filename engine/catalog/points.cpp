// Recovery points, which stores hold them, and what checks of them said.
#include <map>
#include <set>

#include "engine/base/check.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/catalog/history.hpp"
#include "engine/catalog/point_rows.hpp"
#include "engine/catalog/state.hpp"

namespace holdfast {
namespace {

// What a store knows to be kept is kept here as well, and nothing that is kept here is let go.
void add_pin(Connection& database, const PointId& point, const Pin& pin, Instant now) {
    database.run("UPDATE point SET pinned = max(pinned, ?2), keep_until = CASE WHEN keep_until >= ?3 THEN keep_until ELSE coalesce(?3, keep_until) END "
                 "WHERE id = ?1", point.str(), pin.pinned, millis_or_none(pin.keep_until));
    if (pin != Pin{}) remember_pin(database, point, now);
}

void put_copy(Connection& database, const PointId& point, const StoreName& store, Instant since) {
    database.run("INSERT INTO copy (point, store) VALUES (?1, ?2) ON CONFLICT DO NOTHING", point.str(), store.str());
    if (database.changes() == 1) begin_copy(database, point, store, since);
}

void drop_copy_row(Connection& database, const PointId& point, const StoreName& store, Instant now) {
    database.run("DELETE FROM copy WHERE point = ?1 AND store = ?2", point.str(), store.str());
    if (database.changes() == 1) end_copy(database, point, store, now, "the store no longer had it");
    database.run("UPDATE point SET expiring = 2 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM copy WHERE point = ?1)", point.str());
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
    const Instant now = state_->clock.now();
    const bool is_new = put_row(state_->database, point, now);
    for (const StoreName& store : point.copies) put_copy(state_->database, point.id, store, is_new ? known_since(state_->database, point, now) : now);
    transaction.commit();
    fault_point("catalog.point.after");
}

void Catalog::add_copy(const PointId& point, const StoreName& store) {
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    if (!state_->database.integer("SELECT 1 FROM point WHERE id = ?1 AND expiring <> 2", point.str())) throw_no_such_point(point);
    put_copy(state_->database, point, store, state_->clock.now());
    transaction.commit();
}

void Catalog::remove_copy(const PointId& point, const StoreName& store) {
    const auto lock = state_->lock();
    fault_point("catalog.remove_copy.before");
    Transaction transaction(state_->database);
    drop_copy_row(state_->database, point, store, state_->clock.now());
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
    Transaction transaction(state_->database);
    // With an end it is `keep_until`; without one it is pinned until somebody unpins it.
    state_->database.run("UPDATE point SET pinned = ?2, keep_until = ?3 WHERE id = ?1 AND expiring = 0", id.str(),
                         pinned && !until, millis_or_none(pinned ? until : std::nullopt));
    if (state_->database.changes() == 0) throw_no_such_point(id);
    remember_pin(state_->database, id, state_->clock.now());
    transaction.commit();
}

bool Catalog::begin_expiry(const PointId& id, std::string_view why) {
    const auto lock = state_->lock();
    fault_point("catalog.expiry.before");
    Transaction transaction(state_->database);
    const Instant now = state_->clock.now();
    state_->database.run(
        "UPDATE point SET expiring = 1 WHERE id = ?1 AND expiring = 0 AND pinned = 0 AND (keep_until IS NULL OR keep_until <= ?2)",
        id.str(), to_millis(now));
    const bool begun = state_->database.changes() == 1;
    if (begun) end_copies(state_->database, id, now, why);
    transaction.commit();
    fault_point("catalog.expiry.after");
    return begun;
}

void Catalog::replace_points_of(const StoreName& store, const DatabaseName& database, const std::vector<RecoveryPoint>& points) {
    const auto lock = state_->lock();
    fault_point("catalog.replace.before");
    Transaction transaction(state_->database);
    const Instant now = state_->clock.now();
    std::set<PointId> found;
    for (const RecoveryPoint& point : points) {
        HOLDFAST_CHECK(point.database == database);
        const bool is_new = put_row(state_->database, point, now);
        add_pin(state_->database, point.id, point.pin(), now);
        put_copy(state_->database, point.id, store, is_new ? known_since(state_->database, point, now) : now);
        found.insert(point.id);
    }
    for (const RecoveryPoint& known : read_points(state_->database, "expiring <> 2 AND database = ?1", database.str())) {
        if (!found.contains(known.id)) drop_copy_row(state_->database, known.id, store, now);
    }
    transaction.commit();
    fault_point("catalog.replace.after");
}

void Catalog::record_verification(const Verification& verification) {
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    if (!state_->database.integer("SELECT 1 FROM copy WHERE point = ?1 AND store = ?2", verification.point.str(), verification.store.str())) return;
    state_->database.run("INSERT INTO verification (point, store, at, sound, depth, detail, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                         verification.point.str(), verification.store.str(), to_millis(verification.at), verification.sound,
                         verification.depth, verification.detail, verification.digest);
    state_->database.run("UPDATE copy SET soundness = ?3 WHERE point = ?1 AND store = ?2", verification.point.str(),
                         verification.store.str(), name_of(verification.sound ? Soundness::Sound : Soundness::Damaged));
    transaction.commit();
}

std::vector<Verification> Catalog::verifications(const std::optional<PointId>& point) const {
    const auto lock = state_->lock();
    // Of copies that are there; checks of others are history.
    Statement row = state_->database.prepare(
        "SELECT v.point, v.store, v.at, v.sound, v.depth, v.detail, v.digest FROM verification AS v "
        "JOIN copy_spell AS s ON s.point = v.point AND s.store = v.store AND s.ended IS NULL AND v.at >= s.begun "
        "WHERE (?1 IS NULL OR v.point = ?1) ORDER BY v.id DESC");
    row.bind(1, point ? std::optional(point->str()) : std::nullopt);
    std::vector<Verification> verifications;
    while (row.step()) verifications.push_back(verification_in(row));
    return verifications;
}

Soundness Catalog::soundness_in(const PointId& id, const StoreName& store) const {
    const auto lock = state_->lock();
    const auto name = state_->database.text("SELECT soundness FROM copy WHERE point = ?1 AND store = ?2", id.str(), store.str());
    return name ? enum_named(*name, Soundness::Damaged) : Soundness::Unchecked;
}

}  // namespace holdfast
