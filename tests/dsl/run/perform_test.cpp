// One step: retries, time limits, and what its kind means after a crash.
#include "dsl/run/perform.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "tests/dsl/run/run_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;
using Strings = std::vector<std::string>;

namespace {

constexpr const char* kWrite = R"(
  step("net", world.back_up { of = a.database })
  approve { "go", into = a.database }
  local put = step("write", world.write { into = a.database }, { undo = world.drop })
  return done { put = put }
)";
constexpr const char* kStop = "step(\"stop\", world.stop { of = a.database }, { undo = world.start })\nstep(\"look\", world.look {})\nreturn done {}";

// The run was killed while this step's effect was under way.
RunId killed_in(RunFixture& run, const char* body, int records_after_cut) {
    const RunId id = run.start(body).id;
    run.cut_journal(id, static_cast<std::size_t>(records_after_cut));
    run.performed.clear();
    return id;
}

}  // namespace

TEST_CASE("a step that fails is tried again as often as it says", "[dsl][run]") {
    RunFixture run;
    run.before["copy"] = [](const ActionContext& context) {
        if (context.attempt < 3) throw Error(ErrorCode::Unavailable, "the store does not answer");
    };
    const auto outcome = run.start("step(\"copy\", world.copy {}, { retry = 2 })\nreturn done {}");
    CHECK(outcome.state == RunState::Done);
    CHECK(run.performed == Strings{"copy", "copy #2", "copy #3"});
    CHECK(run.runner().view(outcome.id).steps.at(0).attempt == 3);
}

TEST_CASE("a step that keeps failing fails the run and can be resumed", "[dsl][run]") {
    RunFixture run;
    run.before["copy"] = [](const ActionContext&) { throw Error(ErrorCode::Unavailable, "the store does not answer"); };
    const auto outcome = run.start("step(\"copy\", world.copy {}, { retry = 1 })\nreturn done {}");
    CHECK(outcome.state == RunState::Failed);
    CHECK(outcome.exit_status() == 69);
    CHECK_THAT(outcome.message, Contains("step 1 “copy”: the store does not answer"));
    CHECK_THAT(outcome.hint, Contains("runs resume") && Contains("runs undo"));
    CHECK(run.performed.size() == 2);
    run.before.clear();
    CHECK(run.resume(outcome.id).state == RunState::Done);
    CHECK(run.performed.back() == "copy #3");
}

TEST_CASE("what trying again cannot change is not tried again", "[dsl][run]") {
    RunFixture run;
    run.before["copy"] = [](const ActionContext&) { throw Error(ErrorCode::NotPermitted, "no"); };
    CHECK(run.start("step(\"copy\", world.copy {}, { retry = 5 })").exit_status() == 77);
    CHECK(run.performed.size() == 1);
}

TEST_CASE("every attempt of a step has the same idempotency key and other steps have others", "[dsl][run]") {
    RunFixture run;
    Strings keys;
    run.before["copy"] = [&](const ActionContext& context) {
        keys.push_back(context.idempotency_key);
        if (context.attempt == 1) throw Error(ErrorCode::Unavailable, "once more");
    };
    run.start("step(\"copy\", world.copy {}, { retry = 1 })\nstep(\"other\", world.copy {}, { retry = 1 })");
    REQUIRE(keys.size() == 4);
    CHECK(keys[0] == keys[1]);
    CHECK(keys[0].size() == 32);
    CHECK(keys[2] != keys[0]);
}

TEST_CASE("a step that takes longer than its timeout is stopped", "[dsl][run]") {
    RunFixture run;
    run.before["copy"] = [&](const ActionContext& context) {
        run.clock.advance(std::chrono::minutes(2));
        while (!context.cancel.stop_requested()) std::this_thread::yield();
        throw_if_cancelled(context.cancel);
    };
    const auto outcome = run.start("step(\"copy\", world.copy {}, { timeout = \"1m\" })");
    CHECK(outcome.state == RunState::Failed);
    CHECK_THAT(outcome.message, Contains("it took longer than 1 min"));
    CHECK(outcome.exit_status() == 75);
}

TEST_CASE("a run that the user stops can be taken up again", "[dsl][run]") {
    RunFixture run;
    run.before["copy"] = [&](const ActionContext& context) {
        run.stop.request_stop();
        throw_if_cancelled(context.cancel);
    };
    const auto outcome = run.start("step(\"copy\", world.copy {}, { retry = 5 })\nreturn done {}");
    CHECK(outcome.state == RunState::Interrupted);
    CHECK(outcome.exit_status() == 75);
    CHECK_THAT(outcome.hint, Contains("runs resume"));
    CHECK(run.performed.size() == 1);
    run.before.clear();
    run.stop = std::stop_source();
    CHECK(run.resume(outcome.id).state == RunState::Done);
}

TEST_CASE("a probed step that happened before the crash is not performed again", "[dsl][run]") {
    RunFixture run;
    const RunId id = killed_in(run, kWrite, 6);   // Header, two of net, asked, answered, write's intent.
    run.probe_says = true;
    const auto outcome = run.resume(id);
    CHECK(outcome.state == RunState::Done);
    CHECK(run.performed == Strings{"probe write"});
    CHECK(for_people(outcome.result) == "{ put = write3 }");
    CHECK(run.runner().view(id).steps.back().undo == "world.drop");
}

TEST_CASE("a probed step that did not happen is performed", "[dsl][run]") {
    RunFixture run;
    const RunId id = killed_in(run, kWrite, 6);
    run.probe_says = false;
    CHECK(run.resume(id).state == RunState::Done);
    CHECK(run.performed == Strings{"probe write", "write orders #2"});
}

TEST_CASE("a probed step of which nothing can be told is in doubt", "[dsl][run]") {
    RunFixture run;
    const RunId id = killed_in(run, kWrite, 6);
    run.probe_says = std::nullopt;
    const auto outcome = run.resume(id);
    CHECK(outcome.state == RunState::InDoubt);
    CHECK(outcome.exit_status() == 5);
    CHECK(run.performed == Strings{"probe write"});
    CHECK_THROWS_AS(run.resume(id), Error);
    run.runner().resolve(id, 3, ResolveAs::Again, "looked: nothing there");
    CHECK(run.resume(id).state == RunState::Done);
    CHECK(run.performed.back() == "write orders #2");
}

TEST_CASE("a step that happens once is in doubt after a crash until a person says what became of it", "[dsl][run]") {
    RunFixture run;
    const RunId id = killed_in(run, kStop, 2);
    CHECK(run.runner().view(id).summary.state == RunState::InDoubt);
    CHECK(run.runner().view(id).steps.at(0).state == StepState::InDoubt);
    CHECK_THAT(run.runner().view(id).next, Contains("runs resolve") && Contains("--step 1"));
    CHECK_THROWS_WITH(run.resume(id), Contains("is in doubt"));
    CHECK(run.performed.empty());
    CHECK_THROWS_WITH(run.runner().resolve(id, 2, ResolveAs::Done, ""), Contains("step 2") && Contains("not in doubt"));
    SECTION("as done") {
        run.runner().resolve(id, 1, ResolveAs::Done, "it is down");
        CHECK(run.resume(id).state == RunState::Done);
        CHECK(run.performed == Strings{"look"});
        CHECK_THAT(run.runner().view(id).steps.at(0).sentence, Contains("taken as done by tester"));
        run.undo(id);
        CHECK(run.performed.back() == "start orders");
    }
    SECTION("as again") {
        run.runner().resolve(id, 1, ResolveAs::Again, "");
        CHECK(run.resume(id).state == RunState::Done);
        CHECK(run.performed == Strings{"stop orders #2", "look"});
    }
    SECTION("as abort") {
        run.runner().resolve(id, 1, ResolveAs::Abort, "");
        CHECK(run.runner().view(id).summary.state == RunState::Cancelled);
        CHECK_THROWS_AS(run.resume(id), Error);
    }
}

TEST_CASE("what changed something is in the audit chain", "[dsl][run]") {
    RunFixture run;
    const RunId id = run.start(kWrite).id;
    Strings actions;
    for (const AuditEntry& entry : run.catalog->audit_entries(100)) {
        if (entry.subject == id.str()) actions.push_back(entry.action);
    }
    CHECK(actions == Strings{"run.done", "run.step", "run.approve", "run.step", "run.start"});
}

TEST_CASE("the hash of arguments depends on every one of them", "[dsl][run]") {
    const std::string hash = arguments_hash("world.look", {{"of", "orders"}});
    CHECK(hash.size() == 64);
    CHECK(hash == arguments_hash("world.look", {{"of", "orders"}}));
    CHECK(hash != arguments_hash("world.look", {{"of", "items"}}));
    CHECK(hash != arguments_hash("world.copy", {{"of", "orders"}}));
}
