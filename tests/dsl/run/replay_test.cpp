// How a body is replayed: recorded results are given back, nothing is performed twice, what does not fit is refused.
#include "dsl/run/replay.hpp"

#include <catch2/catch.hpp>

#include "tests/dsl/run/run_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;
using Strings = std::vector<std::string>;

namespace {

constexpr const char* kBody = R"(
  local seen = step("look", world.look { of = a.database })
  local copy = step("copy", world.copy { of = a.database }, { undo = world.drop })
  expect(seen.rows > 0, "nothing to see")
  step("look again", world.look { of = a.database, want = seen.rows })
  return done { rows = seen.rows, copy = copy }
)";

}  // namespace

TEST_CASE("a run performs its steps in order and gives its result", "[dsl][run]") {
    RunFixture run;
    const RunbookOutcome outcome = run.start(kBody);
    INFO(outcome.message);
    CHECK(outcome.state == RunState::Done);
    CHECK(outcome.exit_status() == 0);
    CHECK(for_people(outcome.result) == "{ copy = copy2, rows = 31 }");
    CHECK(run.performed == Strings{"look orders", "copy orders", "look orders"});
    CHECK(run.events == Strings{"started run " + outcome.id.str() + " of test", "began look", "done look", "began copy", "done copy",
                                "began look again", "done look again", "finished done"});
}

TEST_CASE("a run that was killed between intent and result performs only what is not recorded", "[dsl][run]") {
    RunFixture run;
    const RunId id = run.start(kBody).id;
    run.cut_journal_before_last<ResultRecord>(id);   // The third step's intent is the last record.
    run.performed.clear();
    run.events.clear();
    CHECK(run.runner().view(id).summary.state == RunState::Interrupted);
    const RunbookOutcome outcome = run.resume(id);
    INFO(outcome.message);
    CHECK(outcome.state == RunState::Done);
    CHECK(for_people(outcome.result) == "{ copy = copy2, rows = 31 }");
    CHECK(run.performed == Strings{"look orders #2"});
    CHECK(run.events.at(1) == "replayed look");
}

TEST_CASE("a run resumed after any record ends as if it had never stopped", "[dsl][run]") {
    RunFixture whole;
    const RunbookOutcome expected = whole.start(kBody);
    const std::size_t records = read_journal(whole.journal(expected.id)).records.size();
    for (std::size_t keep = 1; keep < records; ++keep) {
        whole.cut_journal(expected.id, keep);
        const RunbookOutcome outcome = whole.resume(expected.id);
        CHECK(outcome.state == RunState::Done);
        CHECK(same_value(outcome.result, expected.result));
        CHECK(read_journal(whole.journal(expected.id)).records.size() >= records);
        // Put the whole journal back for the next cut.
        whole.cut_journal(expected.id, read_journal(whole.journal(expected.id)).records.size());
    }
}

TEST_CASE("a script that asks for another step than the record has is stopped", "[dsl][run]") {
    RunFixture run;
    const RunId id = run.start(std::string(kBody)).id;
    run.cut_journal_before_last<StopRecord>(id);
    SECTION("another title") {
        std::string body = kBody;
        body.replace(body.find("\"copy\""), 6, "\"take a copy\"");
        const auto outcome = run.resume(id, {true, run.book(body)});
        CHECK(outcome.state == RunState::Failed);
        CHECK_THAT(outcome.message, Contains("test.lua:5: step 2 is “take a copy” in the script and “copy” in the record"));
    }
    SECTION("other arguments") {
        std::string body = kBody;
        body.replace(body.find("world.copy { of = a.database }"), 30, "world.copy { of = a.database, name = \"x\" }");
        const auto outcome = run.resume(id, {true, run.book(body)});
        CHECK_THAT(outcome.message, Contains("step 2 “copy” has other arguments than in the record: 'name' is x and was nil"));
    }
    SECTION("another effect") {
        std::string body = kBody;
        body.replace(body.find("world.copy"), 10, "world.back_up");
        CHECK_THAT(run.resume(id, {true, run.book(body)}).message, Contains("step 2 is world.back_up in the script and world.copy in the record"));
    }
    SECTION("an approval where there was a step") {
        const auto outcome = run.resume(id, {true, run.book("approve { \"go\", into = a.database }")});
        CHECK_THAT(outcome.message, Contains("step 1 is the approval “go” in the script and the step “look” in the record"));
    }
    SECTION("fewer steps than were done") {
        CHECK_THAT(run.resume(id, {true, run.book("return done {}")}).message, Contains("ended after 0 steps while the record has 3"));
    }
    CHECK(run.performed.size() == 3);
}

TEST_CASE("an edited runbook goes on only where the edit is accepted", "[dsl][run]") {
    RunFixture run;
    run.before["look"] = [](const ActionContext& context) {
        if (context.step == 3) throw Error(ErrorCode::Usage, "wants another look");
    };
    const RunId id = run.start(kBody).id;
    std::string body = kBody;
    body.replace(body.find("want = seen.rows"), 16, "want = 7        ");
    run.before.clear();
    try {
        run.resume(id, {false, run.book(body)});
        FAIL("the edit was not refused");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Changed);
        CHECK_THAT(error.message, Contains("-") && Contains("want = seen.rows") && Contains("+") && Contains("want = 7"));
    }
    run.performed.clear();
    const auto outcome = run.resume(id, {true, run.book(body)});
    // The third step had begun with other arguments, so even then it is not taken for the same step.
    CHECK(outcome.state == RunState::Failed);
    CHECK_THAT(outcome.message, Contains("'want' is 7 and was 31"));
    std::string later = kBody;
    later.replace(later.find("return done"), 11, "step(\"more\", world.look {})\nreturn done");
    CHECK(run.resume(id, {true, run.book(later)}).state == RunState::Done);
    CHECK(run.performed == Strings{"look orders #2", "look"});
    CHECK(run.runner().view(id).edits.size() == 2);
}

TEST_CASE("an expectation that does not hold stops the run and says where", "[dsl][run]") {
    RunFixture run;
    const auto outcome = run.start("local seen = step(\"look\", world.look {})\npcall(function() expect(seen.rows > 100, \"too few rows\") end)\nstep(\"on\", world.look {})");
    CHECK(outcome.state == RunState::Failed);
    CHECK(outcome.exit_status() == 4);
    CHECK_THAT(outcome.message, Contains("test.lua:4: too few rows"));
    CHECK(run.performed == Strings{"look"});
}

TEST_CASE("a script without an end is stopped and its run goes on after a fix", "[dsl][run]") {
    RunFixture run;
    const std::string loop = "local seen = step(\"look\", world.look {})\nwhile true do pcall(function() while true do end end) end";
    const auto stopped = run.start(loop);
    CHECK(stopped.state == RunState::Failed);
    CHECK(stopped.exit_status() == 65);
    CHECK_THAT(stopped.message, Contains("test.lua:4: the script was stopped"));
    CHECK_THAT(stopped.hint, Contains("--accept-edit"));
    const auto outcome = run.resume(stopped.id, {true, run.book("local seen = step(\"look\", world.look {})\nreturn done { rows = seen.rows }")});
    CHECK(outcome.state == RunState::Done);
    CHECK(run.performed == Strings{"look"});
}

TEST_CASE("a script that eats memory or hangs in a pattern stops its run too", "[dsl][run]") {
    RunFixture run;
    CHECK_THAT(run.start("local t = {} while true do t[#t + 1] = (\"x\"):rep(100000) .. #t end").message, Contains("memory"));
    CHECK_THAT(run.start("return ((\"a\"):rep(200)):find((\"a*\"):rep(30) .. \"b\")").message, Contains("the script was stopped"));
}

TEST_CASE("an effect that is never handed to a step fails the run", "[dsl][run]") {
    RunFixture run;
    const auto outcome = run.start("world.copy {}\nreturn done {}");
    CHECK(outcome.state == RunState::Failed);
    CHECK_THAT(outcome.message, Contains("test.lua:3: the effect world.copy was made but never handed to a step"));
    CHECK(run.performed.empty());
}

TEST_CASE("print is heard once and not again on replay", "[dsl][run]") {
    RunFixture run;
    const auto outcome = run.start("print(\"first\")\nstep(\"look\", world.look {})\nprint(\"second\", a.database)\nerror(\"oh\")");
    CHECK(std::ranges::count(run.events, "note first") == 1);
    CHECK(std::ranges::count(run.events, "note second orders") == 1);
    run.events.clear();
    run.resume(outcome.id);
    CHECK(std::ranges::count(run.events, "note first") == 0);
}

TEST_CASE("a live database is not written without a backup and an approval", "[dsl][run]") {
    RunFixture run;
    CHECK_THAT(run.start("approve { \"go\", into = a.database }\nstep(\"write\", world.write { into = a.database })").message,
               Contains("which this run has not backed up"));
    const auto outcome = run.start("step(\"net\", world.back_up { of = a.database })\nstep(\"write\", world.write { into = a.database })");
    CHECK_THAT(outcome.message, Contains("which nobody has approved"));
    CHECK(outcome.exit_status() == 77);
    CHECK(run.performed == Strings{"back_up orders"});
    CHECK(run.start("step(\"net\", world.back_up { of = a.database })\napprove { \"go\", into = a.database }\n"
                    "step(\"write\", world.write { into = a.database })\nreturn done {}").state == RunState::Done);
}
