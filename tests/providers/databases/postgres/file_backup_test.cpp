#include "providers/databases/postgres/file_backup.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "engine/job/archive_wal.hpp"
#include "engine/model/wal_names.hpp"
#include "providers/databases/postgres/backup_facts.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

constexpr const char* kContent = "select count(*), md5(string_agg(id || note, ',' order by id)) from orders";
constexpr const char* kByLog = "reading files, changed pages";

void fill(const PostgresServer& server) {
    server.sql("create table orders as select id, repeat(md5(id::text), 4) as note from generate_series(1, 30000) id; alter table orders add primary key (id); vacuum; checkpoint");
}

// With the reason where everything was read although there is a base.
std::string taken_by(ClusterFixture& f, const BackupDone& done) {
    const auto facts = f.manifest_of(done.point).facts;
    const auto why = facts.find("read whole because");
    return facts.at(kTakenByFact) + (why == facts.end() || facts.at(kTakenByFact) != "reading files" ? "" : ": " + why->second);
}
std::string why_whole(ClusterFixture& f, const BackupDone& done) { return f.manifest_of(done.point).facts.at("read whole because"); }

// A server that still has the log since the last backup when the next one begins; others take it from the store.
PostgresServerOptions keeping_log(int major = 15) {
    PostgresServerOptions options;
    options.major = major;
    options.settings = {"wal_keep_size=400MB"};
    return options;
}

// The writer's thread starts programs all the time; until one of them is another program it holds what was locked here when it was begun.
BackupDone back_up_beside_writer(ClusterFixture& f, BackupKind kind) {
    for (int tries = 1;; ++tries) {
        try {
            return f.back_up(kind);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Busy || tries == 100) throw;
            std::this_thread::yield();
        }
    }
}

}  // namespace

TEST_CASE("where the files are at hand they are read, and an incremental reads what the log says has changed", "[postgres][backup]") {
    for (const int major : {15, 13, 16, 17, 18}) {
        if (!PostgresServer::programs(major)) continue;
        CAPTURE(major);
        ClusterFixture f(keeping_log(major));
        f.server->sql(fmt::format("create tablespace elsewhere location '{}'", f.server->make_folder("space").string()));
        f.server->sql("create table entries tablespace elsewhere as select generate_series(1, 500) n; create unlogged table fleeting as select 1 as n; create table gone as select generate_series(1, 2000) n");
        fill(*f.server);
        const std::string before = f.server->sql(kContent);
        const BackupDone full = f.back_up(BackupKind::Full);
        CHECK(taken_by(f, full) == "reading files");

        f.server->sql("update orders set note = 'changed' where id % 5000 = 0; drop table gone; create table fresh as select 7 as n; create table cut as select generate_series(1, 4000) n");
        f.server->sql("delete from orders where id > 29900; vacuum orders; insert into entries select generate_series(501, 900)");
        const std::string after = f.server->sql(kContent);
        const BackupDone incremental = f.back_up(BackupKind::Incremental);
        CHECK(taken_by(f, incremental) == kByLog);
        CHECK(incremental.point.read_bytes < incremental.point.source_bytes / 2);
        CHECK(incremental.point.source_bytes > full.point.source_bytes * 8 / 10);

        CHECK(f.ask_restored(f.restore(full.point, "full"), std::string(kContent) + "; select count(*) from gone") == before + "\n2000");
        const fs::path restored = f.restore(incremental.point, "incremental");
        CHECK(f.providers.of(EngineKind::Postgres).check_integrity({f.spec().name, EngineKind::Postgres, restored.string(), true}, {f.clock, f.progress, {}}).sound());
        CHECK(f.ask_restored(restored, std::string(kContent) + "; select n from fresh; select count(*), sum(n) from cut; select to_regclass('gone') is null; select count(*), max(n) from entries; "
                                                               "select count(*) from fleeting") == after + "\n7\n4000|8002000\nt\n900|900\n0");
    }
}

TEST_CASE("a cluster that is written while its files are read comes back whole, from each of a row of incrementals", "[postgres][backup]") {
    PostgresServerOptions options = keeping_log();
    options.durable = true;
    ClusterFixture f(options);
    fill(*f.server);
    f.server->sql("create table entries (n int primary key, filling text)");
    std::vector<BackupDone> taken;
    {
        const std::jthread writer([&](const std::stop_token& stop) {
            std::string many;
            for (int i = 0; i < 20; ++i) many += "insert into entries select coalesce(max(n), 0) + 1, repeat('x', 300) from entries;";
            while (!stop.stop_requested()) f.server->sql(many + "update orders set note = note || 'y' where id % 97 = 3; vacuum orders");
        });
        taken.push_back(back_up_beside_writer(f, BackupKind::Full));
        for (int i = 0; i < 4; ++i) {
            f.clock.advance(std::chrono::minutes(1));   // The newest is the base of the next.
            taken.push_back(back_up_beside_writer(f, BackupKind::Incremental));
        }
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
        CAPTURE(i);
        CHECK(taken_by(f, taken[i]) == (i == 0 ? "reading files" : kByLog));
        const fs::path restored = f.restore(taken[i].point, fmt::format("restored-{}", i));
        // Every row up to the last one; every index agrees with its table.
        CHECK(f.ask_restored(restored, "select count(*) = coalesce(max(n), 0), count(*) filter (where length(filling) <> 300) from entries; select count(*) from orders; "
                                       "set enable_seqscan = off; select count(*) from orders where id > 0") == "t|0\n30000\n30000");
    }
}

TEST_CASE("the log that the server has removed is read from the store", "[postgres][backup]") {
    ClusterFixture f(keeping_log());
    fill(*f.server);
    f.back_up(BackupKind::Full);
    f.server->sql("update orders set note = 'changed' where id = 77");
    f.server->sql("select pg_switch_wal(); create table filler (n int); checkpoint; checkpoint");
    const std::string current = split(f.server->sql("select pg_walfile_name(pg_current_wal_insert_lsn())"), '\n').front();
    const bool archived = GENERATE(true, false);
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(f.server->data_folder() / "pg_wal")) {
        const auto name = parse_wal_file_name(entry.path().filename().string());
        if (name && name->kind == WalFileKind::Segment && entry.path().filename().string() < current) old.push_back(entry.path());
    }
    std::ranges::sort(old);
    REQUIRE(old.size() > 1);
    for (const fs::path& segment : old) {
        if (archived) push_wal(f.installation(), f.spec().name, segment);
        fs::remove(segment);
    }
    f.clock.advance(std::chrono::minutes(1));
    const BackupDone done = f.back_up(BackupKind::Incremental);
    if (archived) {
        CHECK(taken_by(f, done) == kByLog);
    } else {
        CHECK(taken_by(f, done).find("reading files: the write-ahead log") == 0);
        CHECK(done.point.stored_bytes < 1'500'000);
    }
    CHECK(f.ask_restored(f.restore(done.point), kContent) == f.server->sql(kContent));
}

TEST_CASE("what the log since the base cannot tell is read whole, and the point says why", "[postgres][backup]") {
    ClusterFixture f(keeping_log());
    fill(*f.server);
    const BackupDone full = f.back_up(BackupKind::Full);
    SECTION("checksums were switched") {
        f.server->stop();
        give_to_server(f.server->data_folder());
        const std::string program = (PostgresServer::programs(15).value() / "pg_checksums").string();
        REQUIRE(run_process({"setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", program, "--disable", "-D", f.server->data_folder().string()}).ok());
        f.server->start();
        CHECK(why_whole(f, f.back_up(BackupKind::Incremental)) == "page checksums changed since the backup before");
    }
    SECTION("the log is longer than the cluster") {
        for (int i = 0; i < 60; ++i) f.server->sql("select pg_switch_wal(); create table if not exists filler (n int); insert into filler values (1)");
        CHECK(why_whole(f, f.back_up(BackupKind::Incremental)) == "the log since the backup before is longer than the cluster");
    }
    SECTION("the cluster is one that was restored") {
        f.server->stop();
        PostgresServer other(f.restore(full.point), keeping_log());
        other.sql("update orders set note = 'only here'");
        f.spec().connection = other.connection();
        f.clock.advance(std::chrono::minutes(1));
        const BackupDone done = f.back_up(BackupKind::Incremental);
        CHECK(why_whole(f, done) == "the cluster was restored since the backup before");
        const std::string content = other.sql(kContent);
        CHECK(f.ask_restored(f.restore(done.point, "again"), kContent) == content);
        // From here on it is known again.
        f.clock.advance(std::chrono::minutes(1));
        CHECK(taken_by(f, f.back_up(BackupKind::Incremental)) == kByLog);
    }
}

TEST_CASE("a backup by files and one by the connection are each other's base", "[postgres][backup]") {
    ClusterFixture f(keeping_log());
    fill(*f.server);
    f.server->sql("create role backup login replication");
    const std::string by_files = f.spec().connection, by_connection = f.server->connection("backup");
    f.back_up(BackupKind::Full);
    f.spec().connection = by_connection;
    f.server->sql("update orders set note = 'first' where id = 5");
    f.clock.advance(std::chrono::minutes(1));
    const BackupDone streamed = f.back_up(BackupKind::Incremental);
    CHECK(taken_by(f, streamed) == "BASE_BACKUP");
    CHECK(f.manifest_of(streamed.point).facts.at("streamed because").find("GRANT EXECUTE ON FUNCTION pg_backup_start") != std::string::npos);
    CHECK(streamed.point.stored_bytes < 2'500'000);
    f.spec().connection = by_files;
    f.server->sql("update orders set note = 'second' where id = 6");
    f.clock.advance(std::chrono::minutes(1));
    const BackupDone read = f.back_up(BackupKind::Incremental);
    CHECK(taken_by(f, read) == kByLog);
    CHECK(f.ask_restored(f.restore(read.point), kContent) == f.server->sql(kContent));
}

TEST_CASE("PostgreSQL 17 takes a backup by files for the base of its own incremental", "[postgres][backup]") {
    if (!PostgresServer::programs(17)) {
        WARN("PostgreSQL 17 is not here: tests/support/fetch_postgres.sh gets it");
        return;
    }
    PostgresServerOptions options = keeping_log(17);
    options.settings.emplace_back("summarize_wal=on");
    ClusterFixture f(options);
    fill(*f.server);
    f.server->sql("create role backup login replication");
    f.back_up(BackupKind::Full);
    f.spec().connection = f.server->connection("backup");
    f.server->sql("update orders set note = 'first' where id = 5");
    f.clock.advance(std::chrono::minutes(1));
    const BackupDone streamed = f.back_up(BackupKind::Incremental);
    CHECK(taken_by(f, streamed) == "BASE_BACKUP, changed pages");
    CHECK(f.ask_restored(f.restore(streamed.point), kContent) == f.server->sql(kContent));
}

TEST_CASE("files that may not be read are streamed instead", "[postgres][backup]") {
    ClusterFixture f;
    fill(*f.server);
    f.server->sql("create role backup login replication in role pg_read_all_settings; grant execute on function pg_backup_start(text, boolean), pg_backup_stop(boolean) to backup");
    f.spec().connection = f.server->connection("backup");
    CHECK(taken_by(f, f.back_up(BackupKind::Full)) == "reading files");   // These are all the rights that it takes.
    f.server->sql("revoke connect on database postgres from public");
    f.clock.advance(std::chrono::minutes(1));
    CHECK(taken_by(f, f.back_up(BackupKind::Incremental)) == "BASE_BACKUP");
}
