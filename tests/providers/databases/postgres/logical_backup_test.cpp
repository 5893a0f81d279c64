#include "providers/databases/postgres/logical_backup.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "providers/databases/postgres/backup_facts.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

constexpr const char* kContent = "select count(*), md5(string_agg(id || note, ',' order by id)) from sales.orders";

// Two databases, one of them with a name that is nobody's idea of a file.
class DumpedServer : public ClusterFixture {
public:
    DumpedServer() {
        server->sql("create database shop; create database \"odd/../name's\"; create role clerk login password 'geheim-123'");
        server->sql("create schema sales; create table sales.orders as select id, md5(id::text) as note from generate_series(1, 2000) id; create table public.notes as select 7 as n", "shop");
        server->sql("create table here as select 1 as n", "odd/../name's");
        const std::string named = " dbname=postgres";
        std::string connection = server->connection();
        if (const auto at = connection.find(named); at != std::string::npos) connection.erase(at, named.size());
        spec().connection = connection;   // It names no database: all of them.
        installation_policy().backups.push_back({.kind = BackupKind::Logical, .when = EverySpec{std::chrono::hours(1)}, .start_within = {}, .finish_within = {}});
    }
    BackupPolicy& installation_policy() { return policy.policies.front(); }
    DumpSelection& selection() { return installation_policy().backups.back().dump; }
    void load(const fs::path& file, const std::string& into, const std::string& first = "select 1") const {
        server->sql(fmt::format("create database {}", into));
        server->sql(first, into);
        const std::string program = (PostgresServer::programs(15).value() / "pg_restore").string();
        const ProcessResult loaded = run_process({program, "--no-owner", "--dbname", fmt::format("host={} user=postgres dbname={}", server->folder().string(), into), file.string()});
        INFO(loaded.errors);
        CHECK(loaded.ok());
    }
};

}  // namespace

TEST_CASE_METHOD(DumpedServer, "all databases of a server are dumped with their roles, restored as files, and loaded", "[postgres][logical]") {
    const BackupDone done = back_up(BackupKind::Logical);
    CHECK(done.point.kind == BackupKind::Logical);
    CHECK(manifest_of(done.point).facts.at(kTakenByFact) == "pg_dump 15");
    CHECK(manifest_of(done.point).facts.at("databases") == "odd/../name's, postgres, shop");
    const fs::path dumps_at = restore(done.point, "dumps");
    CHECK(is_dump_folder(dumps_at));
    const RestoredDumps dumps = read_dump_list(dumps_at);
    REQUIRE(dumps.dumps.size() == 3);
    CHECK(dumps.dumps[0].database == "odd/../name's");
    CHECK(dumps.dumps[0].file == "odd%2F%2E%2E%2Fname%27s.dump");
    CHECK(dumps.has_globals);
    CHECK(read_text_file(dumps_at / "globals.sql", 1 << 20).find("CREATE ROLE clerk;") != std::string::npos);
    load(dumps_at / "shop.dump", "again");
    CHECK(server->sql(kContent, "again") == server->sql(kContent, "shop"));
    Provider& provider = providers.of(EngineKind::Postgres);
    const Place copy{spec().name, EngineKind::Postgres, dumps_at.string(), true};
    const auto next = provider.what_next(copy);
    CHECK(next.front().find("psql -d postgres -f '" + (dumps_at / "globals.sql").string()) != std::string::npos);
    CHECK(provider.check_integrity(copy, {clock, progress, {}}).sound());
    write_file_durably(dumps_at / "shop.dump", as_bytes("no archive"));
    const IntegrityReport damaged = provider.check_integrity(copy, {clock, progress, {}});
    REQUIRE(damaged.problem_count == 1);
    CHECK(damaged.problems[0].where == "database shop");
    provider.drop_copy(copy);
    CHECK_FALSE(fs::exists(dumps_at));
}

TEST_CASE_METHOD(DumpedServer, "a second dump of what has not changed costs next to nothing, and neither is the base of an incremental", "[postgres][logical]") {
    server->sql("insert into sales.orders select id, md5(id::text) from generate_series(2001, 100000) id", "shop");
    const BackupDone first = back_up(BackupKind::Logical);
    clock.advance(std::chrono::minutes(1));
    CHECK(back_up(BackupKind::Logical).point.stored_bytes < first.point.stored_bytes / 2);
    clock.advance(std::chrono::minutes(1));
    const BackupDone incremental = back_up(BackupKind::Incremental);
    CHECK(incremental.promoted_to_full);
    CHECK(incremental.point.kind == BackupKind::Full);
}

TEST_CASE_METHOD(DumpedServer, "of a hosted server what is selected is dumped with the right to read it alone", "[postgres][logical]") {
    server->sql("create role reader login; revoke all on schema public from public; grant usage on schema sales to reader; grant select on all tables in schema sales to reader", "shop");
    spec().connection = server->connection("reader", "shop");
    selection() = {.databases = {}, .schemas = {}, .tables = {"sales.*"}, .schema_only = false};
    const BackupDone done = back_up(BackupKind::Logical);
    CHECK(manifest_of(done.point).facts.at("databases") == "shop");   // The one that the connection names.
    const fs::path dumps_at = restore(done.point, "dumps");
    CHECK_FALSE(read_dump_list(dumps_at).has_globals);
    load(dumps_at / "shop.dump", "again", "create schema sales");   // Of a table alone its schema is not dumped.
    CHECK(server->sql(kContent, "again") == server->sql(kContent, "shop"));
    CHECK(server->sql("select to_regclass('public.notes') is null", "again").starts_with("t"));
}

TEST_CASE_METHOD(DumpedServer, "definitions alone can be dumped", "[postgres][logical]") {
    selection() = {.databases = {"shop"}, .schemas = {"sales"}, .tables = {}, .schema_only = true};
    const fs::path dumps_at = restore(back_up(BackupKind::Logical).point, "dumps");
    load(dumps_at / "shop.dump", "again");
    CHECK(server->sql("select count(*) from sales.orders", "again").starts_with("0"));
}

TEST_CASE_METHOD(DumpedServer, "a dump that cannot be made whole leaves no point, and says what was in the way", "[postgres][logical]") {
    SECTION("no such database") {
        selection().databases = {"shop", "shpo"};
        const Error refused = thrown_by([&] { back_up(BackupKind::Logical); });
        CHECK(refused.code == ErrorCode::Missing);
        CHECK(refused.message.find("shpo") != std::string::npos);
    }
    SECTION("a right that is missing") {
        server->sql("create role reader login");
        spec().connection = server->connection("reader", "shop");
        const Error refused = thrown_by([&] { back_up(BackupKind::Logical); });
        CHECK(refused.code == ErrorCode::Unavailable);
        CHECK(refused.message.find("permission denied") != std::string::npos);
    }
    SECTION("no such table") {
        selection().tables = {"sales.nothing"};
        selection().databases = {"shop"};
        CHECK(thrown_by([&] { back_up(BackupKind::Logical); }).message.find("no matching tables") != std::string::npos);
    }
    CHECK(catalog->points(std::nullopt).empty());
}

TEST_CASE("a list of dumps never leads out of its folder", "[postgres][logical]") {
    const TemporaryFolder folder;
    for (const char* text : {"dump x 61\n", "server 15\ndump ../x 61\n", "server 15\ndump x\n", "server 15\ndump x zz\n", ""}) {
        CAPTURE(text);
        write_file_durably(folder / kDumpList, as_bytes(text));
        CHECK(code_thrown_by([&] { read_dump_list(folder.path()); }) == ErrorCode::Corrupt);
    }
}
