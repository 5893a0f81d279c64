// The runbooks that replace a whole cluster, as they are shipped, on a real PostgreSQL server.
#include <catch2/catch.hpp>
#include <fstream>

#include "dsl/load/parameters.hpp"
#include "dsl/run/runner.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/server_process.hpp"
#include "tests/support/cluster_fixture.hpp"

using namespace holdfast;

namespace {

class ReplacedCluster : public ClusterFixture {
public:
    Installation place = installation();
    Runner runner{place, default_actions()};
    std::vector<std::string> sentences;

    ReplacedCluster() : ClusterFixture({.settings = {"wal_level=replica"}}) {
        spec().application = {.stop = {"true"}, .start = {"true"}, .repoint = {}, .probe_sql = "select count(*) > 0 from orders", .probe_command = {}};
        server->sql("create table orders (id int primary key, note text); insert into orders select i, 'order ' || i from generate_series(1, 2000) i; checkpoint");
    }
    ~ReplacedCluster() {
        if (const auto process = server_in(server->data_folder())) end_server(*process);
    }
    RunHooks hooks() {
        return {[this](const RunEvent& event) {
                    if (event.kind == RunEventKind::StepDone) sentences.push_back(event.step->sentence);
                },
                [](const ApprovalView&) { return std::optional(true); }, false, progress, {}};
    }
    RunbookOutcome run(const std::string& name, const std::map<std::string, std::vector<std::string>>& arguments) {
        const Runbook book = load_runbook(fs::path(HOLDFAST_SOURCE_DIR) / "runbooks" / (name + ".lua"));
        return runner.start(book, read_parameters(book, arguments, {policy, [](const std::string& text) { return parse_rfc3339(text).value(); }}), hooks());
    }
    std::string count() const { return server->sql("select count(*) from orders"); }
    std::string now() const {
        return server->sql("select to_char(clock_timestamp() at time zone 'utc' + interval '2 ms', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') from pg_sleep(0.01)");
    }
    bool said(std::string_view part) const {
        return std::ranges::any_of(sentences, [&](const std::string& sentence) { return sentence.find(part) != std::string::npos; });
    }
};

}  // namespace

TEST_CASE_METHOD(ReplacedCluster, "a cluster is set back to a moment, and put back", "[end_to_end][postgres][replaced]") {
    back_up();
    const std::string moment = now();
    server->sql("select pg_sleep(0.02); delete from orders where id > 500; create table since as select 1 as one");
    const RunbookOutcome outcome = run("point-in-time", {{"before", {moment}}});
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK(count() == "2000");
    CHECK(server->sql("select to_regclass('since') is null") == "t");
    CHECK(said("the old files are kept as"));
    const RunbookOutcome undone = runner.undo(outcome.id, hooks());
    INFO(undone.message);
    REQUIRE(undone.state == RunState::Undone);
    CHECK(count() == "500");
}

TEST_CASE_METHOD(ReplacedCluster, "a damaged cluster is replaced by its newest sound state, its files kept as they are", "[end_to_end][postgres][replaced]") {
    back_up();
    const std::string file = server->sql("select pg_relation_filepath('orders')");
    server->stop();
    {
        std::fstream bytes(server->data_folder() / file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(2 * 8192 + 4000);
        bytes << "not what was written";
    }
    server->start();
    const RunbookOutcome outcome = run("corruption", {});
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK(count() == "2000");
    CHECK(said("1 place could not be read"));
    CHECK(place.catalog.points(spec().name).front().kind == BackupKind::Full);
    REQUIRE(runner.undo(outcome.id, hooks()).state == RunState::Undone);
    CHECK_THROWS(count());   // As damaged as it was.
}

TEST_CASE_METHOD(ReplacedCluster, "a migration is tried on a copy, run, and taken back", "[end_to_end][postgres][replaced]") {
    back_up();
    const fs::path script = folder / "migration.sql";
    std::ofstream(script) << "alter table orders add column total int default 7; delete from orders where id % 2 = 0;";
    const RunbookOutcome outcome = run("before-migration", {{"command", {"psql -X -q -v ON_ERROR_STOP=1 -f " + script.string()}}});
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK(server->sql("select count(*), sum(total) from orders") == "1000|7000");
    const RunbookOutcome undone = runner.undo(outcome.id, hooks());
    INFO(undone.message);
    REQUIRE(undone.state == RunState::Undone);
    CHECK(count() == "2000");
    // One that fails fails on the copy.
    const RunbookOutcome failed = run("before-migration", {{"command", {"psql -X -q -v ON_ERROR_STOP=1 -d {path} -c nonsense"}}});
    CHECK(failed.state == RunState::Failed);
    CHECK(count() == "2000");
}
