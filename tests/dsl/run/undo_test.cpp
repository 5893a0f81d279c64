#include "dsl/run/undo.hpp"

#include <catch2/catch.hpp>

#include "engine/recovery/restore.hpp"
#include "tests/dsl/run/run_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;
using Strings = std::vector<std::string>;

namespace {

constexpr const char* kBody = R"(
  step("net", world.back_up { of = a.database })
  step("first", world.copy { name = "one" }, { undo = world.drop })
  step("second", world.copy { name = "two" }, { undo = world.drop })
  approve { "go", into = a.database }
  step("write", world.write { into = a.database }, { undo = world.drop })
  return done {}
)";

}  // namespace

TEST_CASE("undo takes back the last step first", "[dsl][run][undo]") {
    RunFixture run;
    const RunId id = run.start(kBody).id;
    run.performed.clear();
    CHECK(run.undo(id).state == RunState::Undone);
    CHECK(run.performed == Strings{"drop write5", "drop two", "drop one"});
    CHECK(run.runner().view(id).steps.at(1).state == StepState::Undone);
    CHECK_THROWS_WITH(run.undo(id), Contains("undone already"));
    CHECK_THROWS_AS(run.resume(id), Error);
}

TEST_CASE("undo needs no script", "[dsl][run][undo]") {
    RunFixture run;
    run.before["write"] = [](const ActionContext&) { throw Error(ErrorCode::Io, "disk"); };
    const RunId id = run.start(kBody).id;
    const JournalContent content = read_journal(run.journal(id));
    HeaderRecord header = content.header();
    header.text = "this is no Lua";
    fs::remove(run.journal(id));
    Journal other = Journal::create(run.journal(id), header);
    for (std::size_t i = 1; i < content.records.size(); ++i) other.append(content.records[i]);
    run.performed.clear();
    CHECK(run.undo(id).state == RunState::Undone);
    CHECK(run.performed == Strings{"probe write", "drop two", "drop one"});   // A commit that failed may have happened.
}

TEST_CASE("an undo that fails stops there and goes on when it is asked for again", "[dsl][run][undo]") {
    RunFixture run;
    const RunId id = run.start(kBody).id;
    run.before["drop"] = [](const ActionContext& context) {
        if (context.step == 3) throw Error(ErrorCode::Busy, "somebody reads it");
    };
    const auto outcome = run.undo(id);
    CHECK(outcome.state == RunState::Failed);
    CHECK_THAT(outcome.message, Contains("undo of step 3: somebody reads it"));
    CHECK(run.runner().view(id).steps.at(2).state == StepState::UndoFailed);
    CHECK_THROWS_WITH(run.resume(id), Contains("the undo of run") && Contains("has begun"));
    run.before.clear();
    run.performed.clear();
    CHECK(run.undo(id).state == RunState::Undone);
    CHECK(run.performed == Strings{"drop two #2", "drop one"});
}

TEST_CASE("an undo that was killed after any record is brought to its end", "[dsl][run][undo]") {
    RunFixture run;
    const RunId id = run.start(kBody).id;
    const std::size_t before = read_journal(run.journal(id)).records.size();
    run.undo(id);
    const JournalContent whole = read_journal(run.journal(id));
    for (std::size_t keep = before; keep < whole.records.size(); ++keep) {
        run.cut_journal(id, keep);
        CHECK(run.undo(id).state == RunState::Undone);
        for (const StepView& step : run.runner().view(id).steps) CHECK((step.undo.empty() || step.state == StepState::Undone));
    }
}

TEST_CASE("a step that was under way when the run was killed is asked and taken back", "[dsl][run][undo]") {
    RunFixture run;
    const RunId id = run.start(kBody).id;
    run.cut_journal_before_last<ResultRecord>(id);
    run.performed.clear();
    SECTION("it happened") {
        run.probe_says = true;
        CHECK(run.undo(id).state == RunState::Undone);
        CHECK(run.performed == Strings{"probe write", "drop write5", "drop two", "drop one"});
    }
    SECTION("it did not") {
        run.probe_says = false;
        CHECK(run.undo(id).state == RunState::Undone);
        CHECK(run.performed == Strings{"probe write", "drop two", "drop one"});
    }
    SECTION("nobody can tell") {
        run.probe_says = std::nullopt;
        const auto outcome = run.undo(id);
        CHECK(outcome.exit_status() == 5);
        CHECK(run.performed == Strings{"probe write"});
    }
}

TEST_CASE("a step that was refused before it did anything leaves nobody in doubt", "[dsl][run][undo]") {
    RunFixture run;
    run.before["stop"] = [](const ActionContext&) { throw Error(ErrorCode::Usage, "the policy does not say how"); };
    const std::string body = "step(\"one\", world.copy { of = a.database }, { undo = world.drop })\n"
                             "step(\"stop\", world.stop { of = a.database }, { undo = world.start })\nreturn done {}";
    const RunId id = run.start(body).id;
    run.performed.clear();
    CHECK(run.undo(id).state == RunState::Undone);
    CHECK(run.performed.size() == 1);
    // What may have begun is asked about.
    run.before["stop"] = [](const ActionContext&) { throw Error(ErrorCode::Unavailable, "half way"); };
    const RunId other = run.start(body).id;
    CHECK(run.undo(other).exit_status() == 5);
}

TEST_CASE("an undo that happens once is in doubt after a crash", "[dsl][run][undo]") {
    RunFixture run;
    const RunId id = run.start("step(\"stop\", world.stop { of = a.database }, { undo = world.start })\nreturn done {}").id;
    run.undo(id);
    run.cut_journal_before_last<UndoResultRecord>(id);
    run.performed.clear();
    CHECK(run.undo(id).exit_status() == 5);
    CHECK(run.performed.empty());
    run.runner().resolve(id, 1, ResolveAs::Done, "it runs");
    CHECK(run.undo(id).state == RunState::Undone);
    CHECK(run.performed.empty());
}

TEST_CASE("an undo that can be run any number of times is run where nobody knows what happened", "[dsl][run][undo]") {
    RunFixture run;
    run.before["stop"] = [](const ActionContext&) { throw Error(ErrorCode::Unavailable, "half way"); };
    const RunId id = run.start("local t = step(\"make\", world.copy { of = a.database })\n"
                               "step(\"stop\", world.stop { of = a.database }, { undo = world.drop { thing = t } })\nreturn done {}").id;
    run.performed.clear();
    CHECK(run.undo(id).state == RunState::Undone);
    CHECK(run.performed.size() == 1);
    CHECK(run.performed.front().starts_with("drop"));
}

TEST_CASE("what an interrupted step left among the run's copies goes with the undo", "[dsl][run][undo]") {
    RunFixture run;
    run.before["copy"] = [&](const ActionContext& context) {
        write_file_durably(copy_folder(run.place, context.run) / "half", as_bytes("half a copy"));
        throw Error(ErrorCode::Unavailable, "gone");
    };
    const RunId id = run.start(kBody).id;
    const fs::path left = copy_folder(run.place, id.str()) / "half";
    CHECK(fs::exists(left));
    CHECK(run.undo(id).state == RunState::Undone);
    CHECK_FALSE(fs::exists(left));
}

// A run that is done, in an environment that wants another person's approval of its undo.
struct WatchedRun : RunFixture {
    SigningKey other, third;
    RunId id;
    WatchedRun() : other(add_person("dba-one")), third(add_person("dba-two")), id(start(kBody).id) {
        policy.environments.front().floor.approvals = 1;
        performed.clear();
    }
    RunState state() { return runner().view(id).summary.state; }
    void answer(bool approve) { runner().answer(id, signed_answer(id, "dba-one", other, approve)); }
};

TEST_CASE("an undo waits for the approvals that the environment wants, and shows what it would take back", "[dsl][run][undo]") {
    WatchedRun run;
    const auto outcome = run.undo(run.id);
    CHECK(outcome.state == RunState::Waiting);
    CHECK_THAT(outcome.hint, Contains("runbook approve") && Contains("runbook runs undo"));
    CHECK(outcome.undoing);
    CHECK(run.runner().view(run.id).next == "runbook approve " + run.id.str() + ", then runbook runs undo " + run.id.str());
    CHECK(run.performed.empty());
    const ApprovalView asked = run.runner().view(run.id).approvals.front();
    REQUIRE(asked.evidence.size() == 4);
    CHECK_THAT(asked.evidence.back(), Contains("all of it is fixed by SHA-256"));
    CHECK(asked.then == "runbook runs undo " + run.id.str());
    CHECK_THAT(asked.evidence.front(), Contains("step 5 “write” is taken back by"));
    CHECK_THROWS_WITH(run.resume(run.id), Contains("waits for approval"));
    CHECK_THROWS_WITH(run.runner().cancel(run.id, ""), Contains("waits for approval"));
    CHECK(run.undo(run.id).state == RunState::Waiting);
    run.answer(true);
    CHECK(run.undo(run.id).state == RunState::Undone);
    CHECK(run.performed == Strings{"drop write5", "drop two", "drop one"});
}

TEST_CASE("while an undo waits nothing else can be answered", "[dsl][run][undo]") {
    WatchedRun run;
    run.undo(run.id);
    // The floor was raised after the run, so its own question has too few answers; it was put for what is done.
    const RunView view = run.runner().view(run.id);
    REQUIRE(view.approvals.size() == 2);
    CHECK(view.approvals.front().open);
    CHECK_FALSE(view.approvals.back().open);
    run.answer(true);
    CHECK_THROWS_WITH(run.answer(true), Contains("does not wait for approval"));
}

TEST_CASE("who asks for an undo does not approve it", "[dsl][run][undo]") {
    WatchedRun run;
    run.place.provenance.user = "dba-one";
    run.undo(run.id);
    CHECK_THROWS_WITH(run.answer(true), Contains("asked for this undo"));
    run.runner().answer(run.id, run.signed_answer(run.id, "dba-two", run.third));
    CHECK(run.undo(run.id).state == RunState::Undone);
}

TEST_CASE("a run whose undo is refused is what it was, and may be asked about again", "[dsl][run][undo]") {
    WatchedRun run;
    run.undo(run.id);
    run.answer(false);
    CHECK(run.state() == RunState::Done);
    CHECK(run.performed.empty());
    CHECK(run.undo(run.id).state == RunState::Waiting);
    run.answer(true);
    CHECK(run.undo(run.id).state == RunState::Undone);
}

TEST_CASE("an undo that has begun goes on without being asked for again", "[dsl][run][undo]") {
    WatchedRun run;
    run.before["drop"] = [](const ActionContext& context) {
        if (context.step == 3) throw Error(ErrorCode::Busy, "somebody reads it");
    };
    run.undo(run.id);
    run.answer(true);
    CHECK(run.undo(run.id).state == RunState::Failed);
    run.before.clear();
    CHECK(run.undo(run.id).state == RunState::Undone);
}
