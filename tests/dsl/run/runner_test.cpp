#include "dsl/run/runner.hpp"

#include <catch2/catch.hpp>

#include "dsl/journal/run_lock.hpp"
#include "tests/dsl/run/run_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kBody = "step(\"look\", world.look { of = a.database })\nreturn done { fine = true }";

}  // namespace

TEST_CASE("runs are listed newest first with their state", "[dsl][run]") {
    RunFixture run;
    const RunId first = run.start(kBody).id;
    run.clock.advance(std::chrono::minutes(1));
    const RunId second = run.start("error(\"oh\")").id;
    const auto runs = run.runner().list();
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].id == second);
    CHECK(runs[0].state == RunState::Failed);
    CHECK_THAT(runs[0].last, Contains("test.lua:3: oh"));
    CHECK(runs[1].id == first);
    CHECK(runs[1].state == RunState::Done);
    CHECK(runs[1].database == "orders");
    CHECK(runs[1].user == "tester");
}

TEST_CASE("a run whose journal is damaged does not hide the others", "[dsl][run]") {
    RunFixture run;
    const RunId id = run.start(kBody).id;
    run.clock.advance(std::chrono::minutes(1));
    run.start(kBody);
    write_file_durably(run.journal(id), as_bytes("rubbish"));
    const auto runs = run.runner().list();
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].state == RunState::Done);
    CHECK_THAT(runs[1].last, Contains("its journal cannot be read"));
    CHECK_THROWS_AS(run.runner().view(id), Error);
    CHECK_THROWS_AS(run.resume(id), Error);
}

TEST_CASE("a view tells everything that is recorded", "[dsl][run]") {
    RunFixture run;
    const RunId id = run.start(kBody).id;
    const RunView view = run.runner().view(id);
    CHECK(view.host == "test");
    CHECK(view.policy_hash == "5f");
    REQUIRE(view.steps.size() == 1);
    CHECK(view.steps[0].effect == "world.look");
    CHECK(view.steps[0].kind == "read");
    CHECK(view.steps[0].sentence == "31 rows missing");
    CHECK(view.steps[0].rows == 31);
    CHECK(for_people(view.result) == "{ fine = true }");
    CHECK(for_people(view.parameters.field("database")) == "orders");
}

TEST_CASE("two processes cannot run one run", "[dsl][run]") {
    RunFixture run;
    const RunId id = run.start("error(\"oh\")").id;
    const RunLock other = RunLock::take(run.state() / "runs" / id.str());
    CHECK(run.runner().view(id).summary.state == RunState::Running);
    CHECK_THROWS_WITH(run.resume(id), Contains("is being run by another process"));
    CHECK_THROWS_AS(run.undo(id), Error);
    CHECK_THROWS_AS(run.runner().cancel(id, ""), Error);
}

TEST_CASE("a cancelled run is over but can be undone", "[dsl][run]") {
    RunFixture run;
    const RunId id = run.start("step(\"copy\", world.copy {}, { undo = world.drop })\nerror(\"oh\")").id;
    run.runner().cancel(id, "not needed");
    CHECK(run.runner().view(id).summary.state == RunState::Cancelled);
    CHECK_THAT(run.runner().view(id).error, Contains("cancelled by tester: not needed"));
    CHECK_THROWS_AS(run.resume(id), Error);
    CHECK_THROWS_AS(run.runner().cancel(id, ""), Error);
    CHECK(run.undo(id).state == RunState::Undone);
    CHECK(run.performed.back() == "drop copy1");
}

TEST_CASE("a run that is over is not resumed", "[dsl][run]") {
    RunFixture run;
    const RunId id = run.start(kBody).id;
    CHECK_THROWS_WITH(run.resume(id), Contains("is done"));
    CHECK_THROWS_AS(run.runner().answer(id, {}), Error);
    CHECK_THROWS_AS(run.runner().resolve(id, 1, ResolveAs::Done, ""), Error);
}

TEST_CASE("the file of a runbook that has changed is noticed on resume", "[dsl][run]") {
    RunFixture run;
    Runbook book = run.book("error(\"oh\")");
    book.hash = "8f3e";   // Not that of the text: as if another text had been pinned.
    write_file_durably(book.file, as_bytes(book.text));
    const RunId id = run.runner().start(book, RunFixture::parameters(), run.hooks()).id;
    CHECK_THROWS_WITH(run.resume(id), Contains("has changed since the run began"));
    fs::remove(book.file);
    CHECK(run.resume(id).state == RunState::Failed);
}

TEST_CASE("a parameter that is wanted and missing is refused before a run exists", "[dsl][run]") {
    RunFixture run;
    Runbook book = run.book("return done {}");
    ParameterDefinition before;
    before.name = "before";
    before.flag = "--before";
    book.params = {before};
    CHECK_THROWS_WITH(run.runner().start(book, RunFixture::parameters(), run.hooks()), "--before is missing");
    CHECK(run.runner().list().empty());
}

TEST_CASE("resolutions have names", "[dsl][run]") {
    CHECK(parse_resolve_as("again") == ResolveAs::Again);
    CHECK_FALSE(parse_resolve_as("perhaps"));
}
