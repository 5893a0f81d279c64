#include "dsl/run/rehearse.hpp"

#include <catch2/catch.hpp>

#include "dsl/run/rehearsal.hpp"
#include "tests/dsl/run/run_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kBody = R"(
  local lost = step("look", world.look { of = a.database })
  local copy = step("copy", world.copy { of = a.database }, { undo = world.drop, timeout = "45m", retry = 2 })
  expect(lost.rows > 0, "nothing is missing")
  step("net", world.back_up { of = a.database })
  approve { "put back", into = a.database, shows = lost }
  local put = step("write", world.write { into = a.database })
  step("drop", world.drop { thing = copy })
  return done { rows = lost.rows, into = put.name }
)";

}  // namespace

TEST_CASE("a rehearsal lists the steps and performs none", "[dsl][run][plan]") {
    RunFixture run;
    run.policy.environments.front().floor.approvals = 2;
    const Rehearsal rehearsal = run.runner().rehearse(run.book(kBody), RunFixture::parameters());
    CHECK(run.performed.empty());
    CHECK(run.runner().list().empty());
    REQUIRE(rehearsal.steps.size() == 6);
    CHECK(rehearsal.steps[1].effect == "world.copy");
    CHECK(rehearsal.steps[1].undo == "world.drop");
    CHECK(rehearsal.steps[1].retry == 2);
    CHECK(rehearsal.steps[1].sentence == "copies orders");
    CHECK(rehearsal.steps[3].is_approval);
    CHECK(rehearsal.steps[3].approvals == 2);
    CHECK(rehearsal.steps[5].arguments == std::vector<std::pair<std::string, std::string>>{{"thing", "‹“copy”›"}});
    REQUIRE(rehearsal.assumptions.size() == 1);
    CHECK(rehearsal.assumptions[0].text == "rows of “look” > 0");
    CHECK(rehearsal.assumptions[0].assumed);
    CHECK(rehearsal.result == "{ into = ‹name of “write”›, rows = ‹rows of “look”› }");
    CHECK_FALSE(rehearsal.predicted);
}

TEST_CASE("a rehearsal predicts the time from earlier runs", "[dsl][run][plan]") {
    RunFixture run;
    for (const char* effect : {"look", "copy", "back_up", "write", "drop"}) {
        run.before[effect] = [&](const ActionContext&) { run.clock.advance(std::chrono::seconds(10)); };
    }
    REQUIRE(run.start(kBody).state == RunState::Done);
    const Rehearsal rehearsal = run.runner().rehearse(run.book(kBody), RunFixture::parameters());
    CHECK(rehearsal.steps[0].predicted == std::chrono::seconds(10));
    CHECK(rehearsal.predicted == std::chrono::seconds(50));
    const std::string text = to_text(rehearsal);
    CHECK_THAT(text, Contains("Nothing is done") && Contains("APPROVAL: put back") && Contains("world.copy, undone by world.drop, at most 45 min") &&
                         Contains("rows of “look” > 0 (line 6): yes") && Contains("about 50 s"));
}

TEST_CASE("a loop over something unknown ends in a rehearsal", "[dsl][run][plan]") {
    RunFixture run;
    const Rehearsal rehearsal = run.runner().rehearse(
        run.book("local seen = step(\"look\", world.look {})\nwhile seen.rows > 0 do seen = step(\"look\", world.look {}) end\nreturn done {}"),
        RunFixture::parameters());
    CHECK(rehearsal.steps.size() == 2);
    CHECK(rehearsal.assumptions.at(1).assumed == false);
}

TEST_CASE("a mistake in the body is told by a rehearsal", "[dsl][run][plan]") {
    RunFixture run;
    CHECK_THROWS_WITH(run.runner().rehearse(run.book("local seen = step(\"look\", world.look {})\nreturn done { r = seen.rws }"), RunFixture::parameters()),
                      Contains("test.lua:4:") && Contains("has no field 'rws'; did you mean 'rows'?"));
}
