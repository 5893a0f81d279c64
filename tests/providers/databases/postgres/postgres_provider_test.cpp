#include "providers/databases/postgres/postgres_provider.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <thread>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/verify_points.hpp"
#include "providers/databases/postgres/backup_facts.hpp"
#include "providers/databases/postgres/base_backup.hpp"
#include "providers/databases/postgres/cluster_layout.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/restored_cluster.hpp"
#include "providers/databases/postgres/server_facts.hpp"
#include "providers/databases/postgres/stream_backup.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

constexpr const char* kContent = "select count(*), md5(string_agg(id || note, ',' order by id)) from orders";

void fill(const PostgresServer& server) {
    server.sql("create table orders as select id, repeat(md5(id::text), 4) as note from generate_series(1, 3000) id; alter table orders add primary key (id); checkpoint");
}

// Writes beside whatever the test does: rows that are never changed again, each in a transaction of its own.
class Writer {
public:
    explicit Writer(const PostgresServer& server) : thread_([&server](const std::stop_token& stop) {
        std::string many;
        for (int i = 0; i < 40; ++i) many += "insert into entries select coalesce(max(n), 0) + 1, repeat('x', 300) from entries;";
        while (!stop.stop_requested()) server.sql(many);
    }) {}

private:
    std::jthread thread_;
};

PostgresServerOptions version(int major, std::vector<std::string> settings = {}) {
    PostgresServerOptions options;
    options.major = major;
    options.settings = std::move(settings);
    return options;
}

// Backups go by the server's connection: the role may replicate and nothing else.
void by_stream(ClusterFixture& f) {
    f.server->sql("create role backup login replication");
    f.spec().connection = f.server->connection("backup");
}

bool have(int major) {
    if (PostgresServer::programs(major)) return true;
    WARN("PostgreSQL " << major << " is not here: tests/support/fetch_postgres.sh gets it");
    return false;
}

// Whatever version: a full, changes of all kinds, an incremental; both come back row for row.
void full_and_incremental(ClusterFixture& f, const std::string& taken_by) {
    f.server->sql("create table gone as select generate_series(1, 2000) n");
    fill(*f.server);
    const std::string before = f.server->sql(kContent);
    const BackupDone full = f.back_up(BackupKind::Full);
    CHECK(full.point.kind == BackupKind::Full);

    f.server->sql("update orders set note = 'changed' where id % 500 = 0; drop table gone; create table fresh as select 7 as n; "
                  "create table cut as select generate_series(1, 4000) n");
    f.server->sql("delete from orders where id > 2900; vacuum orders");
    const std::string after = f.server->sql(kContent);
    const BackupDone incremental = f.back_up(BackupKind::Incremental);
    CHECK(incremental.point.kind == BackupKind::Incremental);
    CHECK_FALSE(incremental.promoted_to_full);
    const auto facts = f.manifest_of(incremental.point).facts;
    INFO((facts.contains("read whole because") ? facts.at("read whole because") : ""));
    CHECK(facts.at(kTakenByFact) == taken_by);
    CHECK(incremental.point.stored_bytes < full.point.stored_bytes / 2);

    CHECK(f.ask_restored(f.restore(full.point, "full"), kContent) == before);
    const fs::path restored = f.restore(incremental.point, "incremental");
    CHECK(f.ask_restored(restored, std::string(kContent) + "; select n from fresh; select count(*), sum(n) from cut; select to_regclass('gone') is null") ==
          after + "\n7\n4000|8002000\nt");
}

}  // namespace

TEST_CASE("a cluster that is written all the time is backed up and comes back", "[postgres][backup]") {
    ClusterFixture f;
    by_stream(f);
    fill(*f.server);
    const fs::path space = f.server->make_folder("space");
    f.server->sql(fmt::format("create tablespace elsewhere location '{}'", space.string()));
    f.server->sql("create table entries (n int primary key, filling text) tablespace elsewhere; create unlogged table fleeting as select 1 as n");
    BackupDone done;
    {
        const Writer writer(*f.server);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        done = f.back_up();
    }
    const auto manifest = f.manifest_of(done.point);
    CHECK(manifest.identity.starts_with("postgres system "));
    CHECK(places_of(manifest.facts).value().stop > places_of(manifest.facts).value().start);
    CHECK(manifest.facts.at(kTakenByFact) == "BASE_BACKUP");
    CHECK(done.point.source_bytes > 10'000'000);

    const fs::path restored = f.restore(done.point);
    struct stat status {};
    CHECK((::stat(restored.c_str(), &status) == 0 && (status.st_mode & 0777) == 0700));
    CHECK((::stat((restored / "PG_VERSION").c_str(), &status) == 0 && (status.st_mode & 0777) == 0600));
    CHECK_FALSE(fs::exists(restored / kLayoutFile));
    CHECK(read_control_file(restored).checksums);
    CHECK(fmt::format("postgres system {}", read_control_file(restored).system_identifier) == manifest.identity);
    CHECK(f.providers.of(EngineKind::Postgres).check_integrity({f.spec().name, EngineKind::Postgres, restored.string(), true}, {f.clock, f.progress, {}}).sound());

    // Every row up to the last one, in the tablespace too, and a path to it that is ours alone.
    const std::string answer = f.ask_restored(restored, std::string(kContent) + "; select count(*) = max(n), max(n) > 0, count(*) filter (where length(filling) <> 300) from entries; "
                                                        "select count(*) from fleeting; select pg_tablespace_location(oid) from pg_tablespace where spcname = 'elsewhere'");
    const auto lines = split(answer, '\n');
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == f.server->sql(kContent));
    CHECK(lines[1] == "t|t|0");
    CHECK(lines[2] == "0");
    CHECK(lines[3].starts_with(restored.string()));
}

TEST_CASE("full and incremental backups of PostgreSQL 15", "[postgres][backup]") {
    ClusterFixture f;
    by_stream(f);
    full_and_incremental(f, "BASE_BACKUP");
}

TEST_CASE("full and incremental backups of PostgreSQL 13, which sends an archive for each tablespace", "[postgres][backup]") {
    if (!have(13)) return;
    ClusterFixture f(version(13));
    by_stream(f);
    f.server->sql(fmt::format("create tablespace elsewhere location '{}'", f.server->make_folder("space").string()));
    f.server->sql("create table entries tablespace elsewhere as select generate_series(1, 500) n");
    full_and_incremental(f, "BASE_BACKUP");
    CHECK(f.ask_restored(f.restore(f.catalog->points(std::nullopt).front(), "again"), "select count(*) from entries") == "500");
}

TEST_CASE("PostgreSQL 17 sends changed pages alone", "[postgres][backup]") {
    if (!have(17)) return;
    ClusterFixture f(version(17, {"summarize_wal=on"}));
    by_stream(f);
    full_and_incremental(f, "BASE_BACKUP, changed pages");
    // On top of one that was itself made of changes.
    f.server->sql("update orders set note = 'again' where id = 1");
    const BackupDone third = f.back_up(BackupKind::Incremental);
    CHECK(f.manifest_of(third.point).facts.at(kTakenByFact) == "BASE_BACKUP, changed pages");
    CHECK(third.point.read_bytes < third.point.source_bytes / 2);
    CHECK(f.ask_restored(f.restore(third.point, "third"), "select note from orders where id = 1") == "again");
}

TEST_CASE("what changed in a restored cluster is not taken for what changed in the one before", "[postgres][backup]") {
    if (!have(17)) return;
    ClusterFixture f(version(17, {"summarize_wal=on"}));
    by_stream(f);
    fill(*f.server);
    const fs::path restored = f.restore(f.back_up().point);
    f.server->sql("update orders set note = 'only here'");
    f.back_up(BackupKind::Incremental);
    f.server->stop();

    PostgresServer other(restored, version(17, {"summarize_wal=on"}));
    other.sql("create table filler as select generate_series(1, 100000) n; checkpoint");   // Its log is longer than the other one's was.
    f.spec().connection = other.connection("backup");
    const Error refused = thrown_by([&] { f.back_up(BackupKind::Incremental); });
    CHECK(refused.code == ErrorCode::Changed);
    CHECK(refused.message.find("was restored since") != std::string::npos);
    f.clock.advance(std::chrono::minutes(1));   // Later than the refused base, so that it is the newest.
    f.back_up(BackupKind::Full);
    const BackupDone next = f.back_up(BackupKind::Incremental);
    CHECK(f.manifest_of(next.point).facts.at(kTakenByFact) == "BASE_BACKUP, changed pages");
    CHECK(f.ask_restored(f.restore(next.point, "next"), kContent) == other.sql(kContent));
}

TEST_CASE("where a server cannot say what changed, everything is read and the point says why", "[postgres][backup]") {
    if (!have(17)) return;
    ClusterFixture f(version(17));
    by_stream(f);
    fill(*f.server);
    f.back_up();
    const BackupDone second = f.back_up(BackupKind::Incremental);
    CHECK(f.manifest_of(second.point).facts.at("read whole because") == "summarize_wal is off on the server");
    CHECK(second.point.stored_bytes < 1'500'000);
}

TEST_CASE("a page that is damaged on the server is named, and the point is not taken for sound", "[postgres][backup]") {
    ClusterFixture f;
    const bool streamed = GENERATE(true, false);
    if (streamed) by_stream(f);
    fill(*f.server);
    const std::string file = f.server->sql("select pg_relation_filepath('orders')");
    f.server->stop();
    {
        File relation = File::open(f.server->data_folder() / file, File::Mode::ReadWrite);
        std::array<std::byte, 1> byte{};
        relation.read_exactly_at(3 * 8192 + 5000, byte);
        byte[0] ^= std::byte{1};
        relation.write_at(3 * 8192 + 5000, byte);
    }
    f.server->start();
    const Error refused = thrown_by([&] { f.back_up(); });
    CHECK(refused.code == ErrorCode::Corrupt);
    CHECK(refused.message.find(file + " page 3") != std::string::npos);
    const RecoveryPoint kept = f.catalog->points(std::nullopt).at(0);
    CHECK(kept.soundness == Soundness::Damaged);
    // Reading its bytes back does not make it sound.
    verify_points(f.installation(), {.points = {kept.id}, .sample = 1.0, .store = {}}, f.progress, {});
    CHECK(f.catalog->point(kept.id)->soundness == Soundness::Damaged);
}

TEST_CASE("a data directory is made what the backup has", "[postgres][restore]") {
    ClusterFixture f;
    fill(*f.server);
    const BackupDone done = f.back_up();
    const std::string content = f.server->sql(kContent);
    const fs::path restored = f.restore(done.point);
    CHECK(thrown_by([&] { f.restore(done.point); }).code == ErrorCode::AlreadyExists);
    {
        PostgresServer other(restored, {});
        other.sql("update orders set note = 'spoiled'; create table extra as select generate_series(1, 3000) n; checkpoint");
        CHECK(thrown_by([&] { f.restore(done.point, "restored", true); }).code == ErrorCode::Busy);
        other.stop();
    }
    f.restore(done.point, "restored", true);
    CHECK(f.ask_restored(restored, std::string(kContent) + "; select to_regclass('extra') is null") == content + "\nt");

    // Never over what is no data directory.
    fs::create_directories(f.folder / "home");
    write_file_durably(f.folder / "home" / "letter", as_bytes("dear"));
    CHECK(thrown_by([&] { f.restore(done.point, "home", true); }).code == ErrorCode::NotPermitted);
    CHECK(fs::exists(f.folder / "home" / "letter"));
    // A folder that is there and empty is taken over.
    fs::create_directories(f.folder / "empty");
    CHECK(fs::exists(f.restore(done.point, "empty") / "PG_VERSION"));
}

TEST_CASE("a backup that is stopped lists nothing", "[postgres][backup]") {
    ClusterFixture f;
    std::stop_source stop;
    stop.request_stop();
    CHECK(thrown_by([&] { f.back_up({}, stop.get_token()); }).code == ErrorCode::Cancelled);
    CHECK(f.catalog->points(std::nullopt).empty());
}

TEST_CASE("what a server says about itself", "[postgres][facts]") {
    PostgresServerOptions options;
    options.checksums = false;
    options.settings = {"max_wal_senders=3"};
    const PostgresServer server(options);
    PostgresProvider provider;
    const ProbeResult probe = provider.probe({DatabaseName("orders"), EngineKind::Postgres, server.connection(), false});
    CHECK(probe.version.starts_with("PostgreSQL 15."));
    CHECK(probe.bytes > 10'000'000);
    CHECK(probe.facts.at("page checksums") == "off");
    CHECK(probe.facts.at("max_wal_senders") == "3");
    CHECK(probe.facts.at("log segment size") == "1048576");
    CHECK(probe.identity == "postgres system " + server.sql("select system_identifier from pg_control_system()"));
    server.sql("create role plain login");
    CHECK(thrown_by([&] { provider.probe({DatabaseName("orders"), EngineKind::Postgres, server.connection("plain"), false}); }).hint ==
          "Let the role replicate: ALTER ROLE \"plain\" REPLICATION;");
}
