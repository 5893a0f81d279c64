#include "providers/databases/postgres/standby_server.hpp"

#include <poll.h>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "providers/databases/postgres/connection.hpp"

namespace holdfast {
namespace {

constexpr int kLookEveryMs = 20;
constexpr int kPromotePatienceSeconds = 300;

bool is_in_recovery(PostgresConnection& sql) { return sql.execute("SELECT pg_catalog.pg_is_in_recovery()").expect(1, 1).truth(0, 0); }

Lsn lsn_or_none(const PostgresResult& result, std::size_t column) { return result.is_null(0, column) ? Lsn{} : result.lsn(0, column); }

}  // namespace

StandbyState look_at_standby_server(const ConnectionWords& words, const CancelToken& cancel) {
    PostgresConnection sql = PostgresConnection::open(words, {}, cancel);
    const PostgresResult seen = sql.execute(
        "SELECT pg_is_in_recovery(), (SELECT system_identifier FROM pg_control_system())::text, CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint()) "
        "ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END, pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), "
        "(extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000)::bigint, EXISTS (SELECT FROM pg_stat_get_wal_receiver() WHERE pid IS NOT NULL), "
        "has_function_privilege('pg_catalog.pg_promote(boolean, integer)', 'EXECUTE')");
    seen.expect(1, 8);
    StandbyState state;
    state.in_recovery = seen.truth(0, 0);
    state.system = std::stoull(std::string(seen.text(0, 1)));
    state.timeline = static_cast<TimelineNumber>(seen.integer(0, 2));
    state.received = lsn_or_none(seen, 3);
    state.replayed = lsn_or_none(seen, 4);
    state.received = std::max(state.received, state.replayed);   // What came from an archive was received by nobody.
    if (!seen.is_null(0, 5)) state.last_commit = Instant(Duration(seen.integer(0, 5)));
    state.is_receiving = seen.truth(0, 6);
    state.may_promote = seen.truth(0, 7);
    state.user = sql.user();
    state.version = sql.parameter("server_version");
    return state;
}

PrimaryState look_at_primary_server(const ConnectionWords& words, const CancelToken& cancel) {
    PostgresConnection sql = PostgresConnection::open(words, {}, cancel);
    const PostgresResult seen = sql.execute(
        "SELECT pg_is_in_recovery(), (SELECT system_identifier FROM pg_control_system())::text, CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END");
    seen.expect(1, 3);
    return {.system = std::stoull(std::string(seen.text(0, 1))), .in_recovery = seen.truth(0, 0), .written = lsn_or_none(seen, 2)};
}

void promote_server(const ConnectionWords& words, const CancelToken& cancel) {
    PostgresConnection sql = PostgresConnection::open(words, {}, cancel);
    if (!is_in_recovery(sql)) return;
    sql.execute("SELECT pg_catalog.pg_promote(false)");
    for (std::int64_t waited = 0; is_in_recovery(sql); waited += kLookEveryMs) {
        if (waited > std::int64_t{kPromotePatienceSeconds} * 1000) {
            throw Error(ErrorCode::Unavailable, "the standby was told to become the primary and has not done so", "Look at its log: it replays what it has received first.");
        }
        throw_if_cancelled(cancel);
        ::poll(nullptr, 0, kLookEveryMs);
    }
}

}  // namespace holdfast
