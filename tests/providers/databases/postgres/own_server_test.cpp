// A restored cluster that becomes a server for others: waiting on a port, or with settings of its own.
#include "providers/databases/postgres/own_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "providers/databases/postgres/known_timelines.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"
#include "providers/databases/postgres/server_process.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

std::uint16_t free_port() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(listener);
    return ntohs(address.sin_port);
}

class RestoredServer : public ClusterFixture {
public:
    RestoredServer() {
        server->sql("create table orders as select generate_series(1, 100) id");
        server->sql("alter system set archive_mode = 'on'; alter system set archive_command = '/bin/false'; alter system set port = 1; alter system set unix_socket_directories = '" + sockets.string() + "'");
        fs::create_directories(folder / "pg");
        fs::permissions(folder / "pg", fs::perms(0755));
        data = restore(back_up().point, "pg/data");
    }
    ~RestoredServer() { drop(); }
    Place copy() const { return {spec_name, EngineKind::Postgres, data.string(), true}; }
    std::string open(bool promote) {
        return provider().open_copy({.copy = copy(), .live = live_place_of(spec()), .room = fs::canonical(state()), .writable = false, .port = port, .promote = promote}, {clock, progress, {}});
    }
    void drop() { provider().drop_copy(copy()); }
    Provider& provider() { return providers.of(EngineKind::Postgres); }
    std::string ask(const std::string& question) { return provider().ask(copy(), question).value_or("nothing"); }

    DatabaseName spec_name = policy.databases.front().name;
    fs::path sockets = server->make_folder("sockets"), data;
    std::uint16_t port = free_port();
};

}  // namespace

TEST_CASE_METHOD(RestoredServer, "a restored cluster waits on its port, read-only, until somebody lets it go on", "[postgres][own]") {
    const std::string said = open(false);
    CHECK(said.find("a server waits there, read-only, on port " + std::to_string(port)) != std::string::npos);
    CHECK(said.find("pg_wal_replay_resume()") != std::string::npos);
    CHECK(ask("select count(*) from orders") == "100");
    CHECK(ask("select pg_is_in_recovery() and pg_is_wal_replay_paused()") == "t");
    CHECK(thrown_by([&] { provider().require_free_port(port); }).code == ErrorCode::Busy);
    const pid_t process = server_in(data).value();
    ::kill(process, SIGKILL);
    REQUIRE(wait_until_ended(process, 10'000));
    CHECK(ask("select pg_is_wal_replay_paused()") == "t");   // Started again by who needs it, and waiting again.
    connect_to_instance(instance_of(data, {}).value(), "postgres", {}).execute("select pg_wal_replay_resume()");
    while (ask("select pg_is_in_recovery()") == "t") continue;
    CHECK(ask("select timeline_id > 1 from pg_control_checkpoint()") != "nothing");
}

TEST_CASE_METHOD(RestoredServer, "promoted, it runs with settings of its own, on its port, and archives nothing", "[postgres][own]") {
    const std::string said = open(true);
    CHECK(said.find("sound; recovery has ended") != std::string::npos);
    CHECK(ask("select pg_is_in_recovery()") == "f");
    CHECK(ask("show port") == std::to_string(port));
    CHECK(ask("show archive_mode") == "off");
    CHECK(ask("show archive_command") == "(disabled)");
    CHECK(ask("show autovacuum") == "on");
    CHECK(ask("show default_transaction_read_only") == "off");
    CHECK(ask("show unix_socket_directories") == "\"" + sockets.string() + "\"");
    CHECK(read_text_file(data / "postgresql.auto.conf", 1 << 20).find("recovery_target") == std::string::npos);
    const pid_t process = server_in(data).value();
    ::kill(process, SIGKILL);
    REQUIRE(wait_until_ended(process, 10'000));
    CHECK(ask("show autovacuum") == "on");
    drop();
    CHECK(fs::is_empty(folder / "pg"));
}

TEST_CASE_METHOD(RestoredServer, "a server that does not come up with its own settings says its last words, and is not left half way", "[postgres][own]") {
    write_file_durably(data / "postgresql.conf", as_bytes("shared_buffers = 'plenty'\n"));
    give_to_server(data);
    const Error error = thrown_by([&] { open(true); });
    CHECK(error.message.find("does not come up") != std::string::npos);
    CHECK(error.message.find("shared_buffers") == std::string::npos);   // Its last words are that the file has errors; which, the log says.
    CHECK(error.message.find("configuration file") != std::string::npos);
    CHECK(error.code == ErrorCode::Unavailable);
    CHECK_FALSE(server_in(data));
}

TEST_CASE_METHOD(RestoredServer, "files that the cluster kept outside of its data directory are put there", "[postgres][own]") {
    for (const char* name : {"postgresql.conf", "pg_hba.conf", "pg_ident.conf"}) fs::remove(data / name);
    open(true);
    CHECK(ask("select count(*) from orders") == "100");
    CHECK(read_text_file(data / "pg_hba.conf", 4096).find("local all all peer") != std::string::npos);
}

TEST_CASE("where a cluster shall live is a data directory, and a port behind it", "[postgres][own]") {
    CHECK(location_with_port("/srv/pg/data:5433").path == "/srv/pg/data");
    CHECK(location_with_port("/srv/pg/data:5433").port == 5433);
    CHECK_FALSE(location_with_port("/srv/pg/data").port);
    CHECK(location_with_port("/srv/a:b/data").path == "/srv/a:b/data");
    CHECK(thrown_by([] { location_with_port("/srv/pg/data:70000"); }).code == ErrorCode::Usage);
}

TEST_CASE("the history of a timeline is the beginning of those that came of it", "[postgres][own]") {
    const std::string history = "1\t0/3000000\tno recovery target specified\n\n2\t0/5000000\tbefore 2026\n4\t0/6000000\tlater\n";
    CHECK(history_of_ancestor(history, 2) == "1\t0/3000000\tno recovery target specified\n");
    CHECK(history_of_ancestor(history, 4) == "1\t0/3000000\tno recovery target specified\n2\t0/5000000\tbefore 2026\n");
    CHECK_FALSE(history_of_ancestor(history, 3));
}
