// A live cluster is replaced by a restored one, with its server stopped in between, and put back.
#include "providers/databases/postgres/cluster_swap.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "engine/base/text.hpp"
#include "engine/job/receive_wal.hpp"
#include "engine/recovery/find_target.hpp"

#include "providers/databases/postgres/cluster_swap_record.hpp"
#include "providers/databases/postgres/live_checks.hpp"
#include "providers/databases/postgres/live_server.hpp"
#include "providers/databases/postgres/raw_cluster.hpp"
#include "providers/databases/postgres/readable_blocks.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

class SwappedCluster : public ClusterFixture {
public:
    SwappedCluster() : ClusterFixture({.settings = {"wal_level=replica"}}) {
        server->sql("create table orders (id int primary key, note text); insert into orders select i, 'order ' || i from generate_series(1, 100) i");
        copy = restore(back_up().point, "state/copies/run/1-orders");
        server->sql("delete from orders where id > 40; alter system set work_mem = '5MB'");
        make_private_folders(folder / "run");
    }
    ~SwappedCluster() {
        if (const auto process = server_in(data())) end_server(*process);
    }
    void open() {
        provider().open_copy({.copy = {spec().name, EngineKind::Postgres, copy.string(), true}, .live = live(), .room = fs::canonical(state())}, work());
    }
    Provider& provider() { return providers.of(EngineKind::Postgres); }
    WorkContext work() { return {clock, progress, {}}; }
    Place live() { return live_place_of(spec()); }
    SwapRequest request() { return {.copy = {spec().name, EngineKind::Postgres, copy.string(), true}, .live = live(), .record = record(), .tag = "run-5"}; }
    fs::path record() const { return folder / "run/swap"; }
    fs::path data() const { return server->data_folder(); }
    std::string rows() const { return server->sql("select count(*) from orders"); }

    fs::path copy;
};

std::vector<std::string> words_of(pid_t process) { return split(read_text_file("/proc/" + std::to_string(process) + "/cmdline", 1 << 16), '\0'); }

}  // namespace

TEST_CASE_METHOD(SwappedCluster, "a copy takes the place of a live cluster, the server goes on as it was started, and the old one comes back", "[postgres][swap]") {
    open();
    const pid_t first = server_in(data()).value();
    const auto words = words_of(first);
    const SwapResult result = swap_cluster_in(request(), work());
    CHECK(result.old_files == data().string() + ".before-run-5");
    CHECK(rows() == "100");
    CHECK(server->sql("show work_mem") == "5MB");          // Settings are the machine's.
    CHECK(server->sql("show archive_mode") == "off");
    CHECK(server->sql("select timeline_id > 1 from pg_control_checkpoint()") != "");
    const pid_t second = server_in(data()).value();
    CHECK(second != first);
    CHECK(words_of(second) == words);
    CHECK(fs::exists(result.old_files + "/PG_VERSION"));
    CHECK_FALSE(fs::exists(copy));
    CHECK_FALSE(fs::exists(copy.string() + ".instance"));
    CHECK(settle_cluster_swap(record(), live(), work()) == true);
    CHECK(server_in(data()) == second);

    server->sql("insert into orders values (1000, 'since then')");
    const SwapResult back = swap_cluster_back(record(), live(), work());
    CHECK(rows() == "40");
    CHECK(back.old_files == data().string() + ".undone-run-5");
    CHECK(fs::exists(back.old_files + "/PG_VERSION"));
    CHECK(swap_cluster_back(record(), live(), work()).old_files == back.old_files);
    CHECK(settle_cluster_swap(record(), live(), work()) == false);
}

TEST_CASE_METHOD(SwappedCluster, "the log goes on behind a swap, on a timeline that nobody has used before", "[postgres][swap][wal]") {
    const auto take = [&] {
        const Installation here = installation();
        const DatabaseLock lock = DatabaseLock::take(here, spec().name, "a test");
        return take_wal(here, spec(), lock, progress, {});
    };
    const auto newest = [&](const std::string& name) {
        const RecoveryTarget target = find_target(installation(), spec().name, {});
        const fs::path to = folder / name;
        restore_point(installation(), {.point = target.point, .to = to.string(), .delta = false, .store = {}, .log = target.log, .over_live = false}, progress, {});
        return ask_restored(to, "select count(*) || ' ' || max(id) from orders");
    };
    take();
    server->sql("insert into orders values (200, 'only the log has it')");
    take();
    open();
    swap_cluster_in(request(), work());
    CHECK(rows() == "100");
    CHECK(server->sql("select count(*) from pg_replication_slots") == "0");
    server->sql("insert into orders values (300, 'on the new timeline')");
    take();
    CHECK(server->sql("select count(*) from pg_replication_slots") == "1");
    server->sql("insert into orders values (301, 'and its log')");
    take();
    CHECK(newest("newest") == "102 301");

    // Put back and replaced again: the second copy does not take the first one's timeline.
    const auto timeline = [&] { return server->sql("checkpoint; select timeline_id from pg_control_checkpoint()"); };
    const std::string used = timeline();
    swap_cluster_back(record(), live(), work());
    // Behind that the log is the old cluster's again: it begins with a point, and then goes on.
    server->sql("insert into orders values (400, 'put back')");
    CHECK(take().notes.size() == 1);
    server->sql("insert into orders values (401, 'and its log')");
    CHECK(take().notes.empty());
    CHECK(newest("after") == "43 401");
    copy = restore(catalog->points(spec().name).back(), "state/copies/run/2-orders");
    open();
    SwapRequest again = request();
    again.record = folder / "run/again";
    again.tag = "run-6";
    swap_cluster_in(again, work());
    CHECK(timeline() != used);
    CHECK(timeline() != "1");
}

TEST_CASE_METHOD(SwappedCluster, "nothing is replaced under somebody who is connected, and nothing has happened then", "[postgres][swap]") {
    open();
    const pid_t process = server_in(data()).value();
    PostgresConnection client = PostgresConnection::open(connection_words(spec().connection), {}, {});
    const Error error = thrown_by([&] { swap_cluster_in(request(), work()); });
    CHECK(error.code == ErrorCode::Busy);
    CHECK(error.message == "1 session of orders: postgres in postgres");
    CHECK(server_in(data()) == process);
    CHECK_FALSE(fs::exists(record()));
    CHECK(rows() == "40");
}

TEST_CASE_METHOD(SwappedCluster, "where the restored cluster does not come up the old one is back, and runs", "[postgres][swap]") {
    open();
    close_instance(copy, {});
    write_file_durably(copy / "global/pg_control", Bytes(8192));
    const Error error = thrown_by([&] { swap_cluster_in(request(), work()); });
    CHECK(error.message.find("the old one is back") != std::string::npos);
    CHECK(rows() == "40");
    CHECK(fs::exists(copy / "PG_VERSION"));
    CHECK_FALSE(fs::exists(data().string() + ".before-run-5"));
}

TEST_CASE_METHOD(SwappedCluster, "a copy that still recovers, and one that is not there, take nobody's place", "[postgres][swap]") {
    write_file_durably(copy / "recovery.signal", {});
    CHECK(thrown_by([&] { swap_cluster_in(request(), work()); }).message.find("has not ended its recovery") != std::string::npos);
    fs::remove_all(copy);
    CHECK(thrown_by([&] { swap_cluster_in(request(), work()); }).code == ErrorCode::Missing);
    CHECK(rows() == "40");
}

TEST_CASE_METHOD(SwappedCluster, "a server that is down is replaced where the policy says where it lives, and then stays down when it is put back", "[postgres][swap]") {
    open();
    server->stop();
    CHECK(thrown_by([&] { swap_cluster_in(request(), work()); }).hint.find("server: { data:") != std::string::npos);
    spec().server.data = data().string();
    // Started by the commands of the policy, as it listens where nobody else would look.
    const std::string start = "exec setpriv --reuid postgres --regid postgres --init-groups " + (*PostgresServer::programs(15) / "pg_ctl").string() + " -D " + data().string() + " -l " + (server->folder() / "log2").string() +
                              " -o '-c listen_addresses= -c port=5432 -c unix_socket_directories=" + server->folder().string() + "' -w start";
    spec().server.stop = {"sh", "-c", "exit 1"};
    spec().server.start = {"sh", "-c", start};
    swap_cluster_in(request(), work());
    CHECK(rows() == "100");
    spec().server.stop = {"sh", "-c", "kill -INT $(head -1 " + (data() / "postmaster.pid").string() + ")"};
    swap_cluster_back(record(), live(), work());
    CHECK_FALSE(server_in(data()));
    CHECK(fs::exists(data() / "PG_VERSION"));
}

TEST_CASE("what a swap wrote down is read as it was", "[postgres][swap]") {
    const TemporaryFolder folder;
    ClusterSwap swap{.copy = "/c", .staged = "/l/.s", .old = "/l/o", .taken_out = "/l/t", .old_inode = 77, .had_server = true,
                     .own = {.data_folder = "/l/live", .argv = {"/bin/postgres", "-D", "/l/live"}, .owner = {"postgres", 5, 6}, .log = "/var/log/it"}};
    write_cluster_swap(folder / "record", swap);
    const ClusterSwap read = read_cluster_swap(folder / "record");
    CHECK(read.own.argv == swap.own.argv);
    CHECK((read.copy == swap.copy && read.staged == swap.staged && read.old == swap.old && read.taken_out == swap.taken_out && read.own.data_folder == swap.own.data_folder));
    CHECK((read.old_inode == 77 && read.had_server && read.own.owner.user == 5 && read.own.owner.group == 6 && read.own.log == "/var/log/it"));
    write_file_durably(folder / "record", as_bytes("something else"));
    CHECK(thrown_by([&] { read_cluster_swap(folder / "record"); }).code == ErrorCode::Corrupt);
}

TEST_CASE("a unit of systemd that keeps a server is known by its name", "[postgres][swap]") {
    CHECK(unit_of("0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n") == "postgresql@15-main.service");
    CHECK(unit_of("0::/user.slice/session-3.scope\n").empty());
    CHECK(unit_of("").empty());
}

namespace {

class DamagedCluster : public ClusterFixture {
public:
    DamagedCluster() {
        server->sql("create table orders (id int primary key, note text); insert into orders select i, 'order ' || i from generate_series(1, 2000) i; create table fine as select 1 as id; checkpoint");
        file = server->sql("select pg_relation_filepath('orders')");
        pages = std::stoi(server->sql("select pg_relation_size('orders') / 8192"));
    }
    void damage() {
        server->stop();
        std::fstream bytes(server->data_folder() / file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(3 * 8192 + 4000);
        bytes << "not what was written";
        bytes.close();
        server->start();
    }
    WorkContext work() { return {clock, progress, {}}; }
    Place live() { return live_place_of(spec()); }

    std::string file;
    int pages = 0;
};

}  // namespace

TEST_CASE_METHOD(DamagedCluster, "a live cluster is looked at page by page, by its files or as a backup is streamed", "[postgres][swap]") {
    const IntegrityReport sound = check_live_cluster(live(), work());
    CHECK(sound.sound());
    CHECK(sound.checks == std::vector<std::string>{"checksum failures that the server has met", "pg_control", "page checksums", "catalogs"});
    damage();
    const IntegrityReport report = check_live_cluster(live(), work());
    REQUIRE(report.problem_count == 1);
    CHECK(report.problems.front().where == file + " page 3");

    // Who may not know where the files are gets them from the server.
    server->sql("create role backup login replication");
    spec().connection = server->connection("backup");
    const IntegrityReport streamed = check_live_cluster(live(), work());
    CHECK(streamed.problem_count >= 1);
    CHECK(std::ranges::count(streamed.checks, "page checksums, as a backup is streamed") == 1);

    server->stop();
    CHECK(thrown_by([&] { check_live_cluster(live(), work()); }).hint.find("server: { data:") != std::string::npos);
    spec().server.data = server->data_folder().string();
    CHECK(check_live_cluster(live(), work()).problem_count == 2);   // The page, and that no server answers.
}

TEST_CASE_METHOD(DamagedCluster, "of a damaged table every block is read but the one that cannot be", "[postgres][swap]") {
    damage();
    const auto reader = providers.of(EngineKind::Postgres).read_what_is_readable(live(), live(), {}, work());
    const auto parts = reader->unreadable();
    REQUIRE(parts.size() == 1);
    CHECK(parts.front().table == "orders");
    CHECK(parts.front().what.starts_with("block 3: invalid page in block 3 of relation"));
    int rows = 0;
    for (const TableShape& shape : reader->tables()) {
        if (shape.name != "orders") continue;
        const auto cursor = reader->rows(shape);
        while (cursor->next() != nullptr) ++rows;
    }
    CHECK(rows > 2000 * (pages - 2) / pages);
    CHECK(rows < 2000);
    server->stop();
    CHECK(providers.of(EngineKind::Postgres).read_what_is_readable(live(), live(), {}, work())->unreadable().size() == 1);
}

TEST_CASE_METHOD(DamagedCluster, "the files of a damaged cluster are kept byte for byte, its log with them", "[postgres][swap]") {
    damage();
    const BackupDone done = back_up(BackupKind::Raw);
    const fs::path to = restore(done.point, "evidence");
    CHECK(read_file(to / file, 1 << 20) == read_file(server->data_folder() / file, 1 << 20));
    CHECK(fs::exists(to / "global/pg_control"));
    CHECK_FALSE(fs::is_empty(to / "pg_wal"));
}
