#include <catch2/catch.hpp>

#include "engine/base/text.hpp"
#include "tests/support/command_fixture.hpp"
#include "tests/support/order_lines.hpp"

using namespace holdfast;

namespace {

struct AccidentFixture : CommandFixture {
    std::string before_accident;

    AccidentFixture() {
        set_up();
        REQUIRE(run({"tick"}).status == 0);
        before_accident = order_lines(database());
        clock.advance(std::chrono::minutes(10));
        delete_sample_orders(database(), 10, 20);
        clock.advance(std::chrono::minutes(10));
    }

    Ran recover(std::vector<std::string> more) {
        std::vector<std::string> words{"run", "accidental-deletion", "--before", "10m ago"};
        words.insert(words.end(), more.begin(), more.end());
        return run(words);
    }
    std::string newest_run() {
        const Ran listed = run({"runs", "list", "--format", "json"});
        const auto at = listed.out.find("\"id\": \"");
        REQUIRE(at != std::string::npos);
        return listed.out.substr(at + 7, 26);
    }
};

}  // namespace

TEST_CASE_METHOD(AccidentFixture, "the plan of a runbook does nothing", "[cli]") {
    const std::string damaged = order_lines(database());
    const Ran ran = recover({"--plan"});
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.says("restore beside the live database"));
    CHECK(ran.says("To do it: the same without --plan."));
    CHECK(order_lines(database()) == damaged);
    CHECK(run({"runs", "list"}).says("No runbook has been run."));
    CHECK(recover({"--plan", "--format", "json"}).says("\"kind\": \"rehearsal\""));
}

TEST_CASE_METHOD(AccidentFixture, "the runbook brings deleted rows back and undo takes them out again", "[cli]") {
    const std::string damaged = order_lines(database());
    const Ran ran = recover({"--yes"});
    INFO(ran.out);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK(ran.says("put the rows back"));
    CHECK(order_lines(database()) == before_accident);
    const std::string id = newest_run();
    const Ran shown = run({"runs", "show", id.substr(0, 14)});
    CHECK(shown.says("accidental-deletion: done"));
    CHECK(run({"runs", "show", "last", "--format", "json"}).says("\"kind\": \"run\""));
    CHECK(run({"runs", "undo", id}).status == 77);
    const Ran undone = run({"runs", "undo", id, "--yes"});
    INFO(undone.err);
    CHECK(undone.status == 0);
    CHECK(order_lines(database()) == damaged);
}

TEST_CASE_METHOD(AccidentFixture, "a run is not begun without a yes", "[cli]") {
    const Ran nobody = recover({});
    CHECK(nobody.status == 77);
    CHECK(nobody.complains("add --yes"));
    CHECK(nobody.says("restore beside the live database"));
    somebody_there = true;
    answers = {"n"};
    CHECK(recover({}).status == 75);
    CHECK(run({"runs", "list"}).says("No runbook has been run."));
}

TEST_CASE_METHOD(AccidentFixture, "what is to be approved is asked at the terminal", "[cli]") {
    somebody_there = true;
    answers = {"y", "y"};
    const Ran ran = recover({});
    INFO(ran.out);
    CHECK(ran.status == 0);
    CHECK(questions == std::vector<std::string>{"Run it? [y/N] ", "Approve this? [y/N] "});
    CHECK(order_lines(database()) == before_accident);
}

TEST_CASE_METHOD(AccidentFixture, "a refusal at the terminal leaves the database as it is", "[cli]") {
    const std::string damaged = order_lines(database());
    somebody_there = true;
    answers = {"y", "n"};
    const Ran ran = recover({});
    CHECK(ran.status != 0);
    CHECK(order_lines(database()) == damaged);
}

TEST_CASE_METHOD(AccidentFixture, "a parameter that is wrong is named before anything is done", "[cli]") {
    CHECK(run({"run", "accidental-deletion", "--befor", "10m ago", "--yes"}).complains("--before"));
    CHECK(run({"run", "accidental-deletion", "--before", "sometime", "--yes"}).status == 64);
    CHECK(run({"run", "accidental-deletion", "--yes"}).status == 64);
    CHECK(run({"run", "accidental-delation", "--yes"}).status == 64);
    CHECK(run({"runs", "list"}).says("No runbook has been run."));
}

TEST_CASE_METHOD(AccidentFixture, "help of a runbook shows its own parameters", "[cli]") {
    const Ran ran = run({"run", "accidental-deletion", "--help"});
    CHECK(ran.status == 0);
    CHECK(ran.says("--before"));
    CHECK(ran.says("a moment before the deletion"));
    CHECK(ran.says("--table"));
    CHECK(run({"run", "--help"}).says("runbook run NAME"));
}

TEST_CASE_METHOD(AccidentFixture, "a run that fails says how to go on and can be undone", "[cli]") {
    const Ran ran = run({"run", "accidental-deletion", "--before", "2026-11-20 13:19:59", "--table", "customers", "--yes"});
    CHECK(ran.status != 0);
    CHECK(ran.says("nothing is missing"));
    CHECK(ran.says("runbook runs undo "));
    CHECK(run({"runs", "resolve", "last", "--step", "1", "--as", "done"}).status != 0);
    CHECK(run({"runs", "resolve", "last"}).status == 64);
}

TEST_CASE_METHOD(AccidentFixture, "a machine with nothing but the store and the key brings the database up", "[cli]") {
    const std::string url = "file://" + (folder / "backups").string();
    for (const char* gone : {"policies", ".holdfast", "orders.db"}) std::filesystem::remove_all(folder / gone);
    variables["XDG_STATE_HOME"] = (folder / "state-home").string();
    const std::string to = (folder / "new/orders.db").string();
    const std::vector<std::string> total_failure{"run", "total-failure", "--from", url, "--key", "env:HOLDFAST_TEST_KEY", "--to", to};
    auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), total_failure.begin(), total_failure.end());
        return run(more);
    };
    CHECK(run({"runs", "list"}).status != 0);   // No policy, and nothing begun yet.
    CHECK(with({"--plan"}).says("where nothing may stand yet"));
    const Ran ran = with({"--yes"});
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    CHECK(order_lines(to) == before_accident);
    CHECK(ran.says("left to you, as there is no policy here: point the application at"));
    CHECK(ran.complains("runbook runs resume RUN --from " + url));
    // From here on the store is known on this machine, and so is where its key is.
    const Ran listed = run({"runs", "list"});
    CHECK(listed.says("total-failure"));
    CHECK(run({"catalog", "list", "--from", url}).says("orders"));
    CHECK(run({"runs", "undo", "last", "--yes"}).status == 0);
    CHECK_FALSE(std::filesystem::exists(to));
}

TEST_CASE_METHOD(AccidentFixture, "a store that is none is refused in words", "[cli]") {
    variables["XDG_STATE_HOME"] = (folder / "state-home").string();
    const Ran ran = run({"run", "total-failure", "--from", "/srv/backups", "--to", "x.db", "--yes"});
    CHECK(ran.status == 64);
    CHECK(ran.complains("Write it as the policy did, for instance file:///srv/backups."));
}
