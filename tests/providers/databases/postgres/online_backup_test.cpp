#include "providers/databases/postgres/online_backup.hpp"

#include <catch2/catch.hpp>

#include "tests/support/postgres_server.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {
PostgresConnection connect(const PostgresServer& server, const std::string& user = "postgres") {
    return PostgresConnection::open(connection_words(server.connection(user)), {}, {});
}
}  // namespace

TEST_CASE("a server's files are fit for being copied between a checkpoint and a label", "[postgres][backup]") {
    for (const int major : {15, 13}) {
        if (!PostgresServer::programs(major)) continue;
        CAPTURE(major);
        PostgresServerOptions options;
        options.major = major;
        const PostgresServer server(options);
        PostgresConnection sql = connect(server);
        CHECK(OnlineBackup::missing_right(sql).empty());
        OnlineBackup backup(sql);
        server.sql("create table orders as select generate_series(1, 100) n");
        const OnlineBackup::End end = backup.stop();
        CHECK(backup.start() < end.stop);
        CHECK(end.label.find(to_text(backup.start())) != std::string::npos);
        CHECK(timeline_in_label(end.label) == 1);
    }
}

TEST_CASE("who may not begin a backup of files is told the statements that allow it, and they do", "[postgres][backup]") {
    const PostgresServer server;
    server.sql("create role \"Backup\" login replication");
    PostgresConnection sql = connect(server, "Backup");
    CHECK(OnlineBackup::missing_right(sql) ==
          "the role may not begin a backup of files (GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean) TO \"Backup\"; "
          "GRANT EXECUTE ON FUNCTION pg_backup_stop(boolean) TO \"Backup\")");
    server.sql("grant execute on function pg_backup_start(text, boolean) to \"Backup\"; grant execute on function pg_backup_stop(boolean) to \"Backup\"");
    CHECK(OnlineBackup::missing_right(sql).empty());
    OnlineBackup backup(sql);
    CHECK(backup.stop().stop > backup.start());
}

TEST_CASE("a label without a timeline is not believed", "[postgres][backup]") {
    CHECK(timeline_in_label("START WAL LOCATION: 0/2000028 (file 000000030000000000000002)\nSTART TIMELINE: 3\n") == 3);
    for (const char* text : {"", "START TIMELINE: ", "START TIMELINE: x", "START TIMELINE: 0"}) CHECK(code_thrown_by([&] { timeline_in_label(text); }) == ErrorCode::Corrupt);
}
