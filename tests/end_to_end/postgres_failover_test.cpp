// failover as it is shipped, with a real primary and a real standby that streams from it.
#include <catch2/catch.hpp>

#include <unistd.h>

#include "dsl/load/parameters.hpp"
#include "dsl/run/runner.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "engine/job/receive_wal.hpp"
#include "engine/operations/standby_health.hpp"
#include "engine/provider/standby.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/open_state.hpp"
#include "providers/databases/postgres/standby_server.hpp"
#include "tests/support/archived_cluster.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

class Pair : public ArchivedCluster {
public:
    Installation place = installation();
    Runner runner{place, default_actions()};
    Runbook runbook = load_runbook(fs::path(HOLDFAST_SOURCE_DIR) / "runbooks/failover.lua");
    std::unique_ptr<PostgresServer> standby;
    std::vector<std::string> sentences, shown;

    Pair() {
        server->sql("create table orders (id int primary key)");
        add(1);
        back_up();
        const fs::path data = server->folder() / "standby";
        const ProcessResult made = run_process({(*PostgresServer::programs(15) / "pg_basebackup").string(), "-D", data.string(), "-R", "-c", "fast", "-X", "stream", "-d", server->connection()}, {});
        INFO(made.errors);
        REQUIRE(made.ok());
        standby = std::make_unique<PostgresServer>(data, PostgresServerOptions{});
        spec().standby.connection = standby->connection();
        spec().standby.fence = stop_command();
        spec().application.repoint = {"true"};
    }

    void add(int id) { server->sql("insert into orders values (" + std::to_string(id) + ")"); }
    // Ends when the primary is down, and has given the standby all that it had.
    std::vector<std::string> stop_command() const {
        std::vector<std::string> argv{(*PostgresServer::programs(15) / "pg_ctl").string(), "-D", server->data_folder().string(), "-m", "fast", "-w", "stop"};
        if (::geteuid() == 0) argv.insert(argv.begin(), {"runuser", "-u", "postgres", "--"});
        return argv;
    }
    RunHooks hooks() {
        return {[this](const RunEvent& event) {
                    if (event.kind == RunEventKind::StepDone) sentences.push_back(event.step->sentence);
                },
                [this](const ApprovalView& view) {
                    shown = view.evidence;
                    return std::optional(true);
                },
                false, progress, {}};
    }
    RunbookOutcome run(std::map<std::string, std::vector<std::string>> given = {}) { return runner.start(runbook, read_parameters(runbook, given, {policy, {}}), hooks()); }
    bool was_shown(const std::string& part) const {
        return std::ranges::any_of(shown, [&](const std::string& line) { return line.find(part) != std::string::npos; });
    }
    // The standby goes on without a primary: what is committed there from now on it does not get.
    void cut_off() { standby->restart({"primary_conninfo="}); }
};

}  // namespace

TEST_CASE_METHOD(Pair, "a standby takes the place of its primary, and the log goes on over the change of the timeline", "[end_to_end][postgres]") {
    add(2);
    archive();
    CHECK(judge_standby(spec(), standby_engine_of(providers.of(EngineKind::Postgres)).look_at_standby(spec().standby.connection, {})).ok);
    const RunbookOutcome outcome = run();
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK(was_shown("This cannot be taken back"));
    CHECK(was_shown("the primary answers"));
    CHECK(was_shown("is fenced by"));
    CHECK(outcome.result.field("timeline").integer_or(0) == 2);
    CHECK(outcome.result.field("lost").integer_or(-1) == 0);
    CHECK(standby->sql("select pg_is_in_recovery()") == "f");
    CHECK(standby->sql("select string_agg(id::text, ',' order by id) from orders") == "1,2");
    CHECK(sentences.at(2).find("takes writes, on timeline 2") != std::string::npos);
    const RunbookOutcome again = run();
    CHECK(again.state == RunState::Failed);
    CHECK(again.message.find("it is a primary already, on timeline 2") != std::string::npos);

    // As the step says: the policy names it now, and its log goes on.
    standby->sql("insert into orders values (3)");
    spec().connection = standby->connection();
    spec().standby = {};
    {
        const DatabaseLock lock = DatabaseLock::take(place, spec().name, "a test");
        take_wal(place, spec(), lock, progress, {});
        standby->sql("insert into orders values (4)");
        take_wal(place, spec(), lock, progress, {});
    }
    const auto state = open_state(place, find_target(place, spec().name, {}), progress, {});
    CHECK(for_people(state->sql().query("select string_agg(id::text, ',' order by id) from orders", std::nullopt)->next()->front()) == "'1,2,3,4'");

    // An incremental on the new timeline builds on a full of the old one, and is whole.
    const BackupDone next = back_up(BackupKind::Incremental);
    const auto facts = manifest_of(next.point).facts;
    CHECK(facts.at("timeline") == "2");
    CHECK(facts.at("read whole because").find("timeline") != std::string::npos);
    const fs::path restored = restore(next.point, "next");
    CHECK(ask_restored(restored, "select count(*) from orders") == "4");
}

TEST_CASE_METHOD(Pair, "a standby that lacks commits is not promoted over a primary that is gone, unless they are given up", "[end_to_end][postgres]") {
    cut_off();
    add(2);
    archive();
    server->stop(PostgresServer::Stop::Immediate);
    const RunbookOutcome refused = run({{"fenced", {"true"}}});
    CHECK(refused.state == RunState::Failed);
    CHECK(refused.message.find("the standby lacks commits that are known of") != std::string::npos);
    CHECK(standby->sql("select pg_is_in_recovery()") == "t");
    const RunbookOutcome outcome = run({{"fenced", {"true"}}, {"accept_loss", {"true"}}, {"by_hand", {"true"}}});
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK(was_shown("the primary does not answer"));
    CHECK(was_shown("it lacks "));
    CHECK(outcome.result.field("lost").integer_or(0) > 0);
    CHECK(standby->sql("select string_agg(id::text, ',') from orders") == "1");
}

TEST_CASE_METHOD(Pair, "there are never two primaries: one that still writes keeps its standby from being promoted", "[end_to_end][postgres]") {
    const RunbookOutcome outcome = run({{"fenced", {"true"}}});
    CHECK(outcome.state == RunState::Failed);
    CHECK(outcome.message.find("still takes connections and writes") != std::string::npos);
    CHECK(standby->sql("select pg_is_in_recovery()") == "t");

    // A right that is missing is said before anything is fenced.
    server->sql("create role backup login");
    while (standby->sql("select count(*) from pg_roles where rolname = 'backup'") != "1") standby->sql("select pg_sleep(0.01)");
    spec().standby.connection = standby->connection("backup");
    const RunbookOutcome barred = run();
    CHECK(barred.message.find("the role backup may not promote the standby of orders") != std::string::npos);
    CHECK(barred.hint.find("GRANT EXECUTE ON FUNCTION pg_promote TO \"backup\";") != std::string::npos);
    CHECK(server->running());
    spec().standby.connection = standby->connection();

    // Without a command in the policy somebody has to see to it.
    spec().standby.fence.clear();
    const RunbookOutcome unsaid = run();
    CHECK(unsaid.state == RunState::Failed);
    CHECK(unsaid.message.find("does not say how the old primary") != std::string::npos);
    spec().standby = {};
    CHECK(run().message.find("the policy names no standby of orders") != std::string::npos);
    CHECK(standby->sql("select pg_is_in_recovery()") == "t");
}

TEST_CASE_METHOD(Pair, "a standby of another cluster is refused", "[end_to_end][postgres]") {
    PostgresServer other({.fresh = true});
    other.stop();
    write_file_durably(other.data_folder() / "standby.signal", {});
    give_to_server(other.data_folder());
    other.start();
    spec().standby.connection = other.connection();
    const RunbookOutcome outcome = run();
    CHECK(outcome.state == RunState::Failed);
    CHECK(outcome.message.find("is a copy of another cluster") != std::string::npos);
}
