// accidental-deletion as it is shipped, on a real PostgreSQL cluster whose log is kept.
#include <catch2/catch.hpp>

#include "dsl/load/parameters.hpp"
#include "dsl/run/engine_fitness.hpp"
#include "dsl/run/runner.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"
#include "providers/databases/postgres/start_advice.hpp"
#include "tests/support/archived_cluster.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

class ClusterAccident : public ArchivedCluster {
public:
    Installation place = installation();
    Runner runner{place, default_actions()};
    Runbook runbook = load_runbook(fs::path(HOLDFAST_SOURCE_DIR) / "runbooks/accidental-deletion.lua");
    std::vector<std::string> sentences;
    std::string before, whole;

    ClusterAccident() {
        server->sql("create table orders (id int primary key, note text); create table notes (id serial primary key, order_id int references orders, text text)");
        server->sql("insert into orders select i, 'order ' || i from generate_series(1, 200) i");
        back_up();
        // Only the log has these.
        server->sql("insert into orders select i, 'order ' || i from generate_series(201, 300) i; insert into notes(order_id, text) select i, 'note ' || i from generate_series(1, 300) i");
        whole = content();
        before = moment();
        server->sql("drop table notes; delete from orders where id % 2 = 0");
        archive();
    }

    std::string content() const {
        return server->sql("select count(*), md5(string_agg(o::text, '|' order by id)) from orders o") + "\n" +
               server->sql("select case when to_regclass('notes') is null then 'no notes' else (xpath('/row/c/text()', query_to_xml('select count(*) c from public.notes', false, true, '')))[1]::text end");
    }
    RunHooks hooks() {
        return {[this](const RunEvent& event) {
                    if (event.kind == RunEventKind::StepDone) sentences.push_back(event.step->sentence);
                },
                [](const ApprovalView&) { return std::optional(true); }, false, progress, {}};
    }
    RunbookOutcome run(const std::string& mode) {
        return runner.start(runbook, read_parameters(runbook, {{"before", {before}}, {"mode", {mode}}}, {policy, [](const std::string& text) { return parse_rfc3339(text).value(); }}), hooks());
    }
    bool has_copies() const { return !copies().empty(); }
};

}  // namespace

TEST_CASE_METHOD(ClusterAccident, "a cluster is brought up elsewhere from the store, with all that its log has", "[end_to_end][postgres]") {
    const std::string now = content();
    server->stop();
    Installation alone = installation();
    alone.from_store_alone = true;
    Runner elsewhere{alone, default_actions()};
    const Runbook failure = load_runbook(fs::path(HOLDFAST_SOURCE_DIR) / "runbooks/total-failure.lua");
    const fs::path to = folder / "elsewhere/cluster";
    fs::create_directories(to.parent_path());
    fs::permissions(to.parent_path(), fs::perms(0755));
    const RunbookOutcome outcome = elsewhere.start(failure, read_parameters(failure, {{"to", {to.string()}}}, {policy, {}}), hooks());
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK(alone.catalog.points(spec().name).front().kind == BackupKind::Full);
    CHECK(std::ranges::any_of(sentences, [](const std::string& said) { return said.find("pg_ctl -D '") != std::string::npos; }));
    {
        const auto instance = instance_of(to, {}).value();
        PostgresConnection connection = connect_to_instance(instance, "postgres", {});
        CHECK(connection.execute("select count(*) || ' ' || (to_regclass('notes') is null) from orders").text(0, 0) == "150 true");
    }
    CHECK(elsewhere.undo(outcome.id, hooks()).state == RunState::Undone);
    CHECK_FALSE(fs::exists(to));
    CHECK(fs::is_empty(to.parent_path()));

    // With a port a server goes on there, and the steps after it have worked on that one.
    const RunbookOutcome served = elsewhere.start(failure, read_parameters(failure, {{"to", {to.string() + ":56123"}}}, {policy, {}}), hooks());
    INFO(served.message);
    REQUIRE(served.state == RunState::Done);
    CHECK(providers.of(EngineKind::Postgres).ask({spec().name, EngineKind::Postgres, to.string(), true}, "select count(*) || ' ' || current_setting('port') from orders") == "150 56123");
    CHECK(elsewhere.undo(served.id, hooks()).state == RunState::Undone);
    CHECK(fs::is_empty(to.parent_path()));
}

TEST_CASE_METHOD(ClusterAccident, "rows and a table of a PostgreSQL cluster are brought back from a moment in its log", "[end_to_end][postgres]") {
    const std::string damaged = content();
    const RunbookOutcome outcome = run("merge");
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK(content() == whole);
    CHECK(outcome.result.field("rows").integer_or(0) == 450);
    REQUIRE(sentences.size() == 8);
    CHECK(sentences[2].find("a server of its own answers there: psql \"host='") != std::string::npos);
    CHECK(sentences[3] == "sound (pg_control, page checksums, catalogs, amcheck)");
    CHECK(sentences[4] == "300 rows missing in notes, 150 in orders; 0 changed");
    CHECK(server->sql("insert into notes(order_id) values (1) returning id > 300") == "t");   // A server logs a sequence some numbers ahead.
    CHECK_FALSE(has_copies());
    server->sql("delete from notes where id > 300");
    const RunbookOutcome undone = runner.undo(outcome.id, hooks());
    INFO(undone.message);
    CHECK(undone.state == RunState::Undone);
    CHECK(content() == damaged);

    // Side by side nothing is changed, and the copy goes on to be looked at until the run is undone.
    const RunbookOutcome beside = run("side-by-side");
    REQUIRE(beside.state == RunState::Done);
    CHECK(content() == damaged);
    const fs::path copy = beside.result.field("copy").field("path").text_or("");
    CHECK(fs::exists(copy / "postmaster.pid"));
    CHECK(runner.undo(beside.id, hooks()).state == RunState::Undone);
    CHECK_FALSE(has_copies());
}
