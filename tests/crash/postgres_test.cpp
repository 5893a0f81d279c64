// Killed while rows of a PostgreSQL cluster are brought back: the run resumes, every row is there once, and no server is left running.
#include <fstream>
#include <iterator>

#include "engine/base/file.hpp"
#include "engine/base/time.hpp"
#include "providers/databases/postgres/server_process.hpp"
#include "tests/crash/scenario.hpp"
#include "tests/support/postgres_server.hpp"

using namespace holdfast;

namespace {

// Made when the first command needs it: the list of scenarios alone starts no server.
struct Cluster {
    std::unique_ptr<PostgresServer> server;
    std::string whole;

    std::string content() const { return server->sql("select count(*), md5(string_agg(t::text, '|' order by id)) from orders t"); }

    void prepare(Shop& shop) {
        server = std::make_unique<PostgresServer>();
        server->sql("create table orders (id int primary key, note text); insert into orders select i, 'order ' || i from generate_series(1, 300) i");
        whole = content();
        const auto path = shop.folder() / "policies/shop.yaml";
        std::string text = bytes_of_file(path);
        const std::string before = "databases:\n";
        text.insert(text.find(before) + before.size(), "  erp: { engine: postgres, environment: small, policy: often, connection: \"" + server->connection() + "\" }\n");
        write_file_durably(path, as_bytes(text));
        shop.must({"backup", "now", "erp"});
        for (fs::path at = shop.folder(); at != fs::temp_directory_path(); at = at.parent_path()) fs::permissions(at, fs::perms(0711));
    }
    std::vector<std::string> command() const {
        server->sql("delete from orders where id % 3 = 0");
        return {"run", "accidental-deletion", "--database", "erp", "--yes", "--before", to_rfc3339(std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()))};
    }
};

// Servers over folders of this shop.
std::vector<std::string> servers_in(const Shop& shop) {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        std::error_code gone;
        const fs::path works_in = fs::read_symlink(entry.path() / "cwd", gone);
        std::ifstream words(entry.path() / "cmdline");
        std::string line{std::istreambuf_iterator<char>(words), {}};
        if ((!gone && works_in.string().starts_with(shop.folder().string())) || line.find(shop.folder().string()) != std::string::npos) found.push_back(entry.path().filename());
    }
    return found;
}

void go_on(const Shop& shop, const Cluster& cluster) {
    const auto runs = json_rows(shop.must({"runs", "list", "--format", "json"}), "$.runs", {"$.id", "$.state"});
    REQUIRE(runs.size() == 1);
    if (runs[0][1] != "done") shop.must({"runs", "resume", runs[0][0], "--yes"});
    CHECK(cluster.content() == cluster.whole);
    CHECK(servers_in(shop).empty());
    CHECK((!fs::exists(shop.state() / "copies") || fs::is_empty(shop.state() / "copies")));
}

Scenario bringing_back() {
    const auto cluster = std::make_shared<Cluster>();
    return {.name = "accidental-deletion of a PostgreSQL cluster",
            .prepare = [cluster](Shop& shop) { cluster->prepare(shop); },
            .command = [cluster](const Shop&) { return cluster->command(); },
            .points = {"postgres.instance.started", "postgres.instance.stopped", "recovery.merge.before_commit", "recovery.merge.after_commit"},
            .passages_max = 1,
            .after_kill = [cluster](const Shop&) { CHECK((cluster->content() == cluster->whole || cluster->content().starts_with("200|"))); },
            .finish = [cluster](const Shop& shop) { go_on(shop, *cluster); }};
}

Scenario giving_up() {
    Scenario scenario = bringing_back();
    scenario.name = "accidental-deletion of a PostgreSQL cluster, then undone";
    scenario.points = {"postgres.instance.started"};
    scenario.after_kill = [](const Shop& shop) { CHECK_FALSE(servers_in(shop).empty()); };
    scenario.finish = [](const Shop& shop) {
        const auto runs = json_rows(shop.must({"runs", "list", "--format", "json"}), "$.runs", {"$.id"});
        shop.must({"runs", "undo", runs.at(0).at(0), "--yes"});
        CHECK(servers_in(shop).empty());
        CHECK((!fs::exists(shop.state() / "copies") || fs::is_empty(shop.state() / "copies")));
    };
    return scenario;
}

// ---- a cluster that is replaced ----

// Its server is started anew by the program, so it is nobody's child; the one of the fixture is gone by then.
struct ReplacedCluster : Cluster {
    ~ReplacedCluster() {
        if (!server) return;
        if (const auto process = server_in(server->data_folder())) end_server(*process);
    }
    std::string moment, without;

    void prepare(Shop& shop) {
        Cluster::prepare(shop);
        moment = now();
        server->sql("delete from orders where id % 3 = 0");
        without = content();
    }
    static std::string now() { return to_rfc3339(std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now())); }
    std::vector<std::string> replacing() const { return {"run", "point-in-time", "--database", "erp", "--by-hand", "--yes", "--before", moment}; }
    // Whatever was killed: the live name has a whole cluster.
    void look() const { CHECK(fs::exists(server->data_folder() / "PG_VERSION")); }

    static std::vector<std::string> only_run(const Shop& shop) {
        const auto runs = json_rows(shop.must({"runs", "list", "--format", "json"}), "$.runs", {"$.id", "$.state"});
        REQUIRE(runs.size() == 1);
        return runs[0];
    }
    void go_on(const Shop& shop) const {
        if (only_run(shop)[1] != "done") shop.must({"runs", "resume", only_run(shop)[0], "--yes"});
        CHECK(content() == whole);
        CHECK(kept(".before-").size() == 1);
    }
    void take_back(const Shop& shop) const {
        if (only_run(shop)[1] != "undone") shop.must({"runs", "undo", only_run(shop)[0], "--yes"});
        CHECK(content() == without);
        CHECK(kept(".undone-").size() == 1);
        CHECK(kept(".before-").empty());
        CHECK(kept(".holdfast-").empty());
        for (const fs::path& path : kept(".undone-")) fs::remove_all(path);
    }
    std::vector<fs::path> kept(const std::string& part) const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(server->folder())) {
            if (entry.path().filename().string().find(part) != std::string::npos) found.push_back(entry.path());
        }
        return found;
    }
};

Scenario replacing() {
    const auto cluster = std::make_shared<ReplacedCluster>();
    return {.name = "point-in-time of a PostgreSQL cluster",
            .prepare = [cluster](Shop& shop) { cluster->prepare(shop); },
            .command = [cluster](const Shop&) { return cluster->replacing(); },
            .points = {"postgres.swap.record.after", "postgres.swap.stage.after", "postgres.swap.stopped.after", "postgres.swap.exchange.before", "postgres.swap.exchange.after",
                       "postgres.swap.named.after", "postgres.swap.started.after"},
            .passages_max = 1,
            .after_kill = [cluster](const Shop&) { cluster->look(); },
            .finish = [cluster](const Shop& shop) {
                cluster->go_on(shop);
                cluster->take_back(shop);
            }};
}

Scenario replacing_given_up() {
    const auto cluster = std::make_shared<ReplacedCluster>();
    Scenario scenario = replacing();
    scenario.name = "point-in-time of a PostgreSQL cluster, then undone at once";
    scenario.prepare = [cluster](Shop& shop) { cluster->prepare(shop); };
    scenario.command = [cluster](const Shop&) { return cluster->replacing(); };
    scenario.points = {"postgres.swap.stopped.after", "postgres.swap.exchange.after"};
    scenario.after_kill = [](const Shop&) {};
    scenario.finish = [cluster](const Shop& shop) {
        shop.must({"runs", "undo", ReplacedCluster::only_run(shop)[0], "--yes"});
        CHECK(cluster->content() == cluster->without);   // Its server runs again, whether it was replaced or only stopped.
        for (const fs::path& path : cluster->kept(".undone-")) fs::remove_all(path);
    };
    return scenario;
}

Scenario putting_back() {
    const auto cluster = std::make_shared<ReplacedCluster>();
    return {.name = "undo of point-in-time of a PostgreSQL cluster",
            .prepare = [cluster](Shop& shop) { cluster->prepare(shop); },
            .command = [cluster](const Shop& shop) -> std::vector<std::string> {
                shop.must(cluster->replacing());
                return {"runs", "undo", ReplacedCluster::only_run(shop)[0], "--yes"};
            },
            .points = {"postgres.swap_back.stopped.after", "postgres.swap_back.exchange.after", "postgres.swap_back.named.after"},
            .passages_max = 1,
            .after_kill = [cluster](const Shop&) { cluster->look(); },
            .finish = [cluster](const Shop& shop) { cluster->take_back(shop); }};
}

// A question leaves a copy with a server when it is killed; the next question removes both.
Scenario asking(const std::string& name, std::vector<std::string> command, std::vector<std::string_view> points) {
    const auto cluster = std::make_shared<Cluster>();
    return {.name = name,
            .prepare = [cluster](Shop& shop) {
                cluster->prepare(shop);
                shop.must({"backup", "now", "erp", "--log"});
                cluster->server->sql("delete from orders where id = 7");
                shop.must({"backup", "now", "erp", "--log"});
            },
            .command = [command](const Shop&) { return command; },
            .points = std::move(points),
            .passages_max = 2,
            .after_kill = [](const Shop& shop) { CHECK(fs::exists(shop.state() / "copies")); },
            .finish = [](const Shop& shop) {
                CHECK(shop.must({"query", "erp", "select count(*) from orders"}).find("299") != std::string::npos);
                CHECK(servers_in(shop).empty());
                CHECK(fs::is_empty(shop.state() / "copies"));
            }};
}

Scenario querying() { return asking("query of a PostgreSQL cluster", {"query", "erp", "select count(*) from orders"}, {"recovery.ask.room", "recovery.ask.opened"}); }

Scenario finding() { return asking("find in the log of a PostgreSQL cluster", {"find", "erp", "--last-good", "select count(*) from orders where id = 7"}, {"recovery.walk.started"}); }

}  // namespace

std::vector<Scenario> holdfast::postgres_scenarios() { return {bringing_back(), giving_up(), replacing(), replacing_given_up(), putting_back(), querying(), finding()}; }

TEST_CASE("a cluster is replaced as a whole, wherever that is killed, and put back", "[crash][postgres][swap]") { play(replacing()); }

TEST_CASE("a swap of clusters that was killed and is undone leaves the old one, served", "[crash][postgres][swap]") { play(replacing_given_up()); }

TEST_CASE("a cluster is put back, wherever that is killed", "[crash][postgres][swap]") { play(putting_back()); }

TEST_CASE("a question to a cluster that is killed leaves nothing behind the next one", "[crash][postgres]") { play(querying()); }

TEST_CASE("a search through the log of a cluster that is killed leaves nothing behind the next question", "[crash][postgres]") { play(finding()); }

TEST_CASE("rows of a cluster are brought back once, wherever that is killed, and no server is left", "[crash][postgres]") { play(bringing_back()); }

TEST_CASE("a run that was killed while its copy came up leaves no server when it is undone", "[crash][postgres]") { play(giving_up()); }
