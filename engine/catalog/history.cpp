#include "engine/catalog/history.hpp"

#include <algorithm>
#include <map>

#include "engine/base/format.hpp"
#include "engine/catalog/point_rows.hpp"

namespace holdfast {
namespace {

constexpr Duration kOneRow = std::chrono::hours(1);

// Of a copy `s`: it was there at ?1.
constexpr std::string_view kThere = "s.begun <= ?1 AND (s.ended IS NULL OR s.ended > ?1)";
// Of a row with a column `database`: it is of the one that is asked for, if any.
constexpr std::string_view kAsked = "(?2 IS NULL OR database = ?2)";

struct AskedMoment {
    Connection& database;
    Instant at;
    std::optional<std::string> name;

    Statement ask(const std::string& sql) const {
        Statement rows = database.prepare(sql);
        rows.bind_all(to_millis(at), name);
        return rows;
    }
};

std::vector<RecoveryPoint> points_at(const AskedMoment& asked) {
    Statement rows = asked.ask(fmt::format("SELECT {} FROM point WHERE {} AND EXISTS (SELECT 1 FROM copy_spell AS s WHERE s.point = point.id AND {}) "
                                           "ORDER BY instant DESC, id DESC", kPointColumns, kAsked, kThere));
    std::vector<RecoveryPoint> points;
    while (rows.step()) points.push_back(point_in(rows));
    return points;
}

// Also of copies that have gone since.
std::vector<Verification> checks_at(const AskedMoment& asked) {
    Statement rows = asked.ask(fmt::format(
        "SELECT v.point, v.store, v.at, v.sound, v.depth, v.detail, v.digest FROM verification AS v JOIN point ON point.id = v.point "
        "JOIN copy_spell AS s ON s.point = v.point AND s.store = v.store WHERE {} AND {} AND v.at <= ?1 AND v.at >= s.begun ORDER BY v.id DESC", kAsked, kThere));
    std::vector<Verification> checks;
    while (rows.step()) checks.push_back(verification_in(rows));
    return checks;
}

using CopyName = std::pair<std::string, std::string>;   // Point, store.

void add_copies(const AskedMoment& asked, const std::vector<Verification>& newest_first, std::map<std::string, RecoveryPoint*>& points) {
    std::map<CopyName, Soundness> said;
    for (const Verification& check : newest_first) said.emplace(CopyName{check.point.str(), check.store.str()}, check.sound ? Soundness::Sound : Soundness::Damaged);
    Statement rows = asked.ask(fmt::format("SELECT s.point, s.store FROM copy_spell AS s JOIN point ON point.id = s.point WHERE {} AND {} ORDER BY s.id", kAsked, kThere));
    while (rows.step()) {
        const auto point = points.find(rows.text(0));
        if (point == points.end()) continue;
        const auto soundness = said.find({rows.text(0), rows.text(1)});
        add_copy_to(*point->second, StoreName(rows.text(1)), soundness == said.end() ? Soundness::Unchecked : soundness->second);
    }
}

void set_pins(const AskedMoment& asked, std::map<std::string, RecoveryPoint*>& points) {
    Statement rows = asked.ask(fmt::format("SELECT p.point, p.pinned, p.keep_until FROM pin_change AS p JOIN point ON point.id = p.point WHERE {} AND p.at <= ?1 ORDER BY p.id", kAsked));
    for (auto& [id, point] : points) {
        point->pinned = false;
        point->keep_until.reset();
    }
    while (rows.step()) {
        const auto point = points.find(rows.text(0));
        if (point == points.end()) continue;
        point->second->pinned = rows.integer(1) != 0;
        point->second->keep_until = instant_or_none(rows.integer_or_null(2));
    }
}

std::vector<LogWindow> windows_at(const AskedMoment& asked) {
    Statement rows = asked.ask(fmt::format(
        "SELECT database, stream, store, base, from_at, first_until, until_at, transactions, bytes, precision, ended FROM window_spell WHERE id IN "
        "(SELECT max(id) FROM window_spell WHERE since <= ?1 AND {} GROUP BY stream, store) AND gone = 0 ORDER BY from_at, stream, store", kAsked));
    std::vector<LogWindow> windows;
    while (rows.step()) {
        const Instant reached = std::max(from_millis(rows.integer(5)), std::min(asked.at - kFollowedLag, from_millis(rows.integer(6))));
        windows.push_back({.database = DatabaseName(rows.text(0)),
                           .stream = LogStreamId(rows.text(1)),
                           .store = StoreName(rows.text(2)),
                           .base = PointId(rows.text(3)),
                           .from = from_millis(rows.integer(4)),
                           .until = std::min(reached, asked.at),
                           .transactions = static_cast<std::uint64_t>(rows.integer(7)),
                           .bytes = static_cast<std::uint64_t>(rows.integer(8)),
                           .precision = Duration(rows.integer(9)),
                           .ended = rows.text(10)});
    }
    return windows;
}

// The newest row of a stream in a store, as far as another report may be added to it.
struct OpenSpell {
    std::int64_t id = 0;
    Instant since, until;
    bool gone = false;
    std::string base, ended;
    std::int64_t from = 0, precision = 0, transactions = 0, bytes = 0;
};

std::optional<OpenSpell> newest_spell(Connection& database, const LogStreamId& stream, const StoreName& store) {
    Statement row = database.prepare(
        "SELECT id, since, until_at, gone, base, ended, from_at, precision, transactions, bytes FROM window_spell WHERE stream = ?1 AND store = ?2 ORDER BY id DESC LIMIT 1");
    row.bind_all(stream.str(), store.str());
    if (!row.step()) return std::nullopt;
    return OpenSpell{.id = row.integer(0), .since = from_millis(row.integer(1)), .until = from_millis(row.integer(2)), .gone = row.integer(3) != 0, .base = row.text(4),
                     .ended = row.text(5), .from = row.integer(6), .precision = row.integer(7), .transactions = row.integer(8), .bytes = row.integer(9)};
}

bool says_the_same(const OpenSpell& spell, const LogWindow& window) {
    return !spell.gone && spell.base == window.base.str() && spell.ended == window.ended && spell.from == to_millis(window.from) && spell.precision == window.precision.count();
}

void add_spell(Connection& database, const LogWindow& window, Instant since, bool gone) {
    database.run("INSERT INTO window_spell (database, stream, store, base, since, gone, from_at, first_until, until_at, transactions, bytes, precision, ended) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12)",
                 window.database.str(), window.stream.str(), window.store.str(), window.base.str(), to_millis(since), gone, to_millis(window.from),
                 to_millis(window.until), window.transactions, window.bytes, window.precision.count(), window.ended);
}

}  // namespace

Instant known_since(Connection& database, const RecoveryPoint& point, Instant now) {
    const bool was_known = database.integer("SELECT 1 FROM copy_spell WHERE point = ?1", point.id.str()).has_value();
    return !was_known && point.finished < watching_since_in(database) ? point.finished : now;
}

void begin_copy(Connection& database, const PointId& point, const StoreName& store, Instant since) {
    database.run("INSERT INTO copy_spell (point, store, begun) VALUES (?1, ?2, ?3)", point.str(), store.str(), to_millis(since));
}

void end_copy(Connection& database, const PointId& point, const StoreName& store, Instant now, std::string_view why) {
    database.run("UPDATE copy_spell SET ended = ?3, why = ?4 WHERE point = ?1 AND store = ?2 AND ended IS NULL", point.str(), store.str(), to_millis(now), why);
}

void end_copies(Connection& database, const PointId& point, Instant now, std::string_view why) {
    database.run("UPDATE copy_spell SET ended = ?2, why = ?3 WHERE point = ?1 AND ended IS NULL", point.str(), to_millis(now), why);
}

void remember_pin(Connection& database, const PointId& point, Instant now) {
    database.run("INSERT INTO pin_change (point, at, pinned, keep_until) SELECT id, ?2, pinned, keep_until FROM point WHERE id = ?1", point.str(), to_millis(now));
}

void remember_window(Connection& database, const LogWindow& window, Instant now) {
    const auto spell = newest_spell(database, window.stream, window.store);
    if (!spell) {
        const Instant watching = watching_since_in(database);
        return add_spell(database, window, window.from < watching && window.until <= watching ? window.from : now, false);
    }
    if (says_the_same(*spell, window)) {
        if (spell->until == window.until && spell->transactions == static_cast<std::int64_t>(window.transactions) && spell->bytes == static_cast<std::int64_t>(window.bytes)) return;
        if (window.until >= spell->until && now - spell->until <= kFollowedLag && now - spell->since < kOneRow && now >= spell->since) {
            database.run("UPDATE window_spell SET until_at = ?2 WHERE id = ?1", spell->id, to_millis(window.until));
            return;
        }
    }
    add_spell(database, window, now, false);
}

void remember_window_gone(Connection& database, const LogStreamId& stream, const StoreName& store, Instant now) {
    database.run("INSERT INTO window_spell (database, stream, store, base, since, gone, from_at, first_until, until_at, transactions, bytes, precision, ended) "
                 "SELECT database, stream, store, base, ?3, 1, from_at, until_at, until_at, transactions, bytes, precision, ended FROM log_window WHERE stream = ?1 AND store = ?2",
                 stream.str(), store.str(), to_millis(now));
}

CatalogMoment Catalog::as_of(Instant at, const std::optional<DatabaseName>& database) const {
    const auto lock = state_->lock();
    const Transaction snapshot(state_->database, Transaction::Kind::Deferred);
    const AskedMoment asked{state_->database, at, database ? std::optional(database->str()) : std::nullopt};
    CatalogMoment moment{.points = points_at(asked), .checks = checks_at(asked), .windows = windows_at(asked)};
    std::map<std::string, RecoveryPoint*> by_id;
    for (RecoveryPoint& point : moment.points) by_id.emplace(point.id.str(), &point);
    add_copies(asked, moment.checks, by_id);
    set_pins(asked, by_id);
    return moment;
}

std::vector<Verification> Catalog::checks_between(Instant after, Instant until) const {
    const auto lock = state_->lock();
    Statement rows = state_->database.prepare("SELECT point, store, at, sound, depth, detail, digest FROM verification WHERE at > ?1 AND at <= ?2 ORDER BY id");
    rows.bind_all(to_millis(after), to_millis(until));
    std::vector<Verification> checks;
    while (rows.step()) checks.push_back(verification_in(rows));
    return checks;
}

std::vector<GonePoint> Catalog::gone_points(const std::optional<DatabaseName>& database) const {
    const auto lock = state_->lock();
    Statement rows = state_->database.prepare(fmt::format(
        "SELECT {}, (SELECT ended FROM copy_spell WHERE point = point.id ORDER BY ended DESC, id DESC LIMIT 1), "
        "(SELECT why FROM copy_spell WHERE point = point.id ORDER BY ended DESC, id DESC LIMIT 1) "
        "FROM point WHERE expiring <> 0 AND (?1 IS NULL OR database = ?1) ORDER BY instant DESC, id DESC", kPointColumns));
    rows.bind(1, database ? std::optional(database->str()) : std::nullopt);
    std::vector<GonePoint> gone;
    while (rows.step()) {
        const int last = rows.columns() - 1;
        gone.push_back({.point = point_in(rows), .at = from_millis(rows.integer(last - 1)), .why = rows.text(last)});
    }
    return gone;
}

}  // namespace holdfast
