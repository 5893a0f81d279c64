#include "engine/catalog/point_rows.hpp"

#include "engine/base/format.hpp"
#include "engine/catalog/history.hpp"

namespace holdfast {

// put_row and point_in follow this order.
const std::string_view kPointColumns =
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

bool put_row(Connection& database, const RecoveryPoint& point, Instant now) {
    const Provenance& from = point.provenance;
    const auto known = database.integer("SELECT expiring FROM point WHERE id = ?1", point.id.str());
    database.run(
        fmt::format("INSERT INTO point ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
                    "?18, ?19, ?20, ?21) ON CONFLICT (id) DO UPDATE SET started = excluded.started, instant = excluded.instant, "
                    "finished = excluded.finished, source_bytes = excluded.source_bytes, read_bytes = excluded.read_bytes, "
                    "stored_bytes = excluded.stored_bytes, pinned = iif(expiring = 2, excluded.pinned, pinned), "
                    "keep_until = iif(expiring = 2, excluded.keep_until, keep_until), expiring = iif(expiring = 2, 0, expiring)",
                    kPointColumns),
        point.id.str(), point.database.str(), name_of(point.engine), name_of(point.kind), to_millis(point.started),
        to_millis(point.instant), to_millis(point.finished), point.source_bytes, point.read_bytes, point.stored_bytes,
        point.pinned, millis_or_none(point.keep_until), from.policy_commit, from.policy_dirty, from.policy_hash,
        millis_or_none(from.slot), from.host, from.user, from.version, from.why, from.key);
    if (known && *known != kGone) return false;
    if (known || point.pin() != Pin{}) remember_pin(database, point.id, now);
    return true;
}

void add_copy_to(RecoveryPoint& point, StoreName store, Soundness soundness) {
    const auto rank = [](Soundness value) { return value == Soundness::Sound ? 2 : value == Soundness::Unchecked ? 1 : 0; };
    if (point.copies.empty() || rank(soundness) > rank(point.soundness)) point.soundness = soundness;
    point.copies.push_back(std::move(store));
}

Verification verification_in(const Statement& row) {
    return {.point = PointId(row.text(0)), .store = StoreName(row.text(1)), .at = from_millis(row.integer(2)), .sound = row.integer(3) != 0, .depth = row.text(4), .detail = row.text(5), .digest = row.text(6)};
}

}  // namespace holdfast
