#include "providers/databases/postgres/recovery_instance.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "engine/base/detached.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/cluster_checks.hpp"
#include "providers/databases/postgres/instance_settings.hpp"
#include "providers/databases/postgres/server_programs.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

std::string ask(const InstanceAddress& address, const std::string& sql) {
    PostgresConnection connection = connect_to_instance(address, "postgres", {});
    const PostgresResult result = connection.execute(sql);
    return result.rows() == 0 ? std::string() : std::string(result.text(0, 0));
}

class CopiedCluster : public ClusterFixture {
public:
    CopiedCluster() {
        server->sql("create table orders as select generate_series(1, 100) id");
        server->sql("alter system set archive_command = 'touch /tmp/holdfast-must-not-be-there'; alter system set archive_mode = 'on'; "
                    "alter system set shared_preload_libraries = 'nothing_like_it'; alter system set listen_addresses = '*'; alter system set port = 1");
        data = restore(back_up().point, "state/copies/run/1-orders");
    }
    Place copy() const { return {policy.databases.front().name, EngineKind::Postgres, data.string(), true}; }
    std::string open() {
        return providers.of(EngineKind::Postgres).open_copy({.copy = copy(), .live = live_place_of(spec()), .room = fs::canonical(state())}, {clock, progress, {}});
    }
    void drop() { providers.of(EngineKind::Postgres).drop_copy(copy()); }
    InstanceAddress address() const { return instance_of(data, {}).value(); }

    fs::path data;
};

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

std::vector<std::string> left_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
}

}  // namespace

TEST_CASE_METHOD(CopiedCluster, "a recovery instance answers on a private socket alone, and is gone without a trace", "[postgres][instance]") {
    const std::string said = open();
    CHECK(said.find("psql \"host='") != std::string::npos);
    CHECK(ask(address(), "select count(*) from orders") == "100");
    CHECK(ask(address(), "select pg_is_in_recovery()") == "f");
    const auto is = [&](const std::string& setting) { return ask(address(), "show " + setting); };
    for (const char* setting : {"listen_addresses", "shared_preload_libraries", "primary_conninfo", "synchronous_standby_names"}) CHECK(is(setting).empty());
    for (const char* setting : {"archive_mode", "autovacuum", "ssl"}) CHECK(is(setting) == "off");
    CHECK(is("max_logical_replication_workers") == "0");
    CHECK(thrown_by([&] { ask(address(), "delete from orders"); }).message == "cannot execute DELETE in a read-only transaction");
    const InstancePlaces places = places_of_instance(data);
    CHECK(mode_of(places.socket_folder) == 0700);
    CHECK(mode_of(places.folder) == 0700);
    CHECK((mode_of(state()) & 0007) == 0);
    const pid_t process = server_in(data).value();
    struct stat status {};
    REQUIRE(::stat(("/proc/" + std::to_string(process)).c_str(), &status) == 0);
    CHECK(status.st_uid != 0);
    const IntegrityReport report = providers.of(EngineKind::Postgres).check_integrity(copy(), {clock, progress, {}});
    CHECK(report.sound());
    CHECK(report.checks == std::vector<std::string>{"pg_control", "page checksums", "catalogs", "amcheck"});
    CHECK(ask(address(), "select count(*) from pg_extension where extname = 'amcheck'") == "0");
    drop();
    CHECK_FALSE(is_running(process));
    CHECK(left_in(data.parent_path()).empty());
    CHECK_FALSE(fs::exists("/tmp/holdfast-must-not-be-there"));
    drop();
}

TEST_CASE_METHOD(CopiedCluster, "a recovery instance that was killed is started again when it is needed, and dropped when it is not", "[postgres][instance]") {
    open();
    const pid_t first = server_in(data).value();
    ::kill(first, SIGKILL);
    REQUIRE(wait_until_ended(first, 10'000));
    CHECK(ask(address(), "select count(*) from orders") == "100");
    const pid_t second = server_in(data).value();
    CHECK(second != first);
    // What a run that is given up leaves running.
    providers.of(EngineKind::Postgres).close_copies(data.parent_path());
    CHECK_FALSE(is_running(second));
    CHECK(fs::exists(data / "PG_VERSION"));
    CHECK(ask(address(), "select count(*) from orders") == "100");
    drop();
    CHECK(left_in(data.parent_path()).empty());
}

TEST_CASE_METHOD(CopiedCluster, "a server that somebody else runs over a copy is not stopped", "[postgres][instance]") {
    PostgresServer other(data, {.settings = {"shared_preload_libraries=", "archive_mode=off"}});
    CHECK_FALSE(instance_of(data, {}));
    const Error error = thrown_by([&] { drop(); });
    CHECK(error.code == ErrorCode::Busy);
    CHECK(other.running());
    other.stop();
    drop();
    CHECK(left_in(data.parent_path()).empty());
}

TEST_CASE_METHOD(CopiedCluster, "where no server can be started it is said before anything is changed", "[postgres][instance]") {
    write_file_durably(data / "PG_VERSION", as_bytes("99\n"));
    const Error none = thrown_by([&] { open(); });
    CHECK(none.code == ErrorCode::Unavailable);
    CHECK(none.message == "this machine has no postgres of PostgreSQL 99");
    CHECK(none.hint.find("HOLDFAST_POSTGRES_PROGRAMS=") != std::string::npos);
    write_file_durably(data / "PG_VERSION", as_bytes("15\n"));
    if (::geteuid() != 0) return;
    fs::permissions(folder.path(), fs::perms::owner_all);
    const Error locked = thrown_by([&] { open(); });
    CHECK(locked.message.find("cannot enter " + folder.path().string()) != std::string::npos);
    CHECK(mode_of(folder.path()) == 0700);
    fs::permissions(folder.path(), fs::perms(0711));
    open();
    drop();
}

TEST_CASE_METHOD(CopiedCluster, "a cluster that does not come up says why, and nothing goes on running", "[postgres][instance]") {
    fs::remove(data / "global/pg_filenode.map");
    const Error error = thrown_by([&] { open(); });
    CHECK(error.code == ErrorCode::Corrupt);
    CHECK(error.message.find("pg_filenode.map") != std::string::npos);
    CHECK_FALSE(server_in(data));
    drop();
    CHECK(left_in(data.parent_path()).empty());
}

TEST_CASE("a damaged index and a missing file are found by asking the copy", "[postgres][instance]") {
    ClusterFixture f({.checksums = false});
    f.server->sql("create table parts (id int primary key, name text); insert into parts select i, i::text from generate_series(1, 3000) i; create table other as select 1 as n; checkpoint");
    const std::string index = f.server->sql("select pg_relation_filepath('parts_pkey')"), table = f.server->sql("select pg_relation_filepath('other')");
    const fs::path data = f.restore(f.back_up().point, "state/copies/run/1-orders");
    const Place copy{f.spec().name, EngineKind::Postgres, data.string(), true};
    Provider& provider = f.providers.of(EngineKind::Postgres);
    fs::remove(data / table);
    {
        // Two items of the first leaf change places.
        File file = File::open(data / index, File::Mode::ReadWrite);
        constexpr std::uint64_t kItems = 8192 + 24 + 4 * 10;
        Bytes items(8);
        file.read_exactly_at(kItems, items);
        std::rotate(items.begin(), items.begin() + 4, items.end());
        file.write_at(kItems, items);
    }
    provider.open_copy({.copy = copy, .live = live_place_of(f.spec()), .room = fs::canonical(f.state())}, {f.clock, f.progress, {}});
    const IntegrityReport report = provider.check_integrity(copy, {f.clock, f.progress, {}});
    std::vector<std::string> found;
    for (const IntegrityProblem& problem : report.problems) found.push_back(problem.where + ": " + problem.what.substr(0, 26));
    CHECK(found == std::vector<std::string>{"public.other in database postgres: its file is missing",
                                            "index public.parts_pkey in database postgres: item order invariant viola",
                                            "public.other in database postgres: could not open file \"base/"});
    provider.drop_copy(copy);
}
