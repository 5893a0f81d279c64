#include "dsl/run/session.hpp"

#include <catch2/catch.hpp>

#include "tests/dsl/run/run_fixture.hpp"

using namespace holdfast;

TEST_CASE("what a session records is in the journal when it returns", "[dsl][run]") {
    RunFixture run;
    const fs::path folder = run.folder / "run";
    make_private_folders(folder);
    HeaderRecord header;
    header.run = "01run";
    const RunHooks hooks = run.hooks();
    const RunnerOptions options;
    Session session(run.place, *run.actions, options, hooks, Journal::create(journal_of(folder), header), folder);
    session.record(IntentRecord{1, 1, "look", "world.look", "read", "", ValueMap{}, "", "", {}, session.now()});
    CHECK(read_journal(journal_of(folder)).records.size() == 2);
    CHECK(session.history().steps.at(1).open);
    const RunbookOutcome left = session.leave({ErrorCode::DiskFull, "no space"});
    CHECK(left.state == RunState::Interrupted);
    CHECK(left.exit_status() == 74);
    CHECK(read_journal(journal_of(folder)).records.size() == 2);
    CHECK(session.stop(RunState::Failed, {ErrorCode::Io, "oh"}).exit_status() == 74);
    CHECK(std::get<StopRecord>(read_journal(journal_of(folder)).records.back()).state == "failed");
}
