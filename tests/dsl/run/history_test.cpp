#include "dsl/run/history.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

IntentRecord intent(int step, const char* kind, int attempt = 1) {
    return {step, attempt, "title", "effect", kind, "", ValueMap{}, "", "", {}, from_millis(step)};
}
StopRecord stopped(const char* state) { return {state, "", "", "", {}, "", from_millis(99)}; }

RunState state_after(std::vector<JournalRecord> records, bool held = false) {
    records.insert(records.begin(), HeaderRecord{});
    return state_of(history_of(records), held);
}

}  // namespace

TEST_CASE("the state of a run follows from its records", "[dsl][run][history]") {
    CHECK(state_after({}) == RunState::Interrupted);
    CHECK(state_after({}, true) == RunState::Running);
    CHECK(state_after({intent(1, "read")}) == RunState::Interrupted);
    CHECK(state_after({intent(1, "once")}) == RunState::InDoubt);
    CHECK(state_after({intent(1, "once"), FailureRecord{1, 1, "io", "", "", {}}}) == RunState::Interrupted);
    CHECK(state_after({intent(1, "once"), ResultRecord{}}) == RunState::InDoubt);   // A result of another step.
    CHECK(state_after({intent(1, "once"), ResolveRecord{1, "again", "", "", {}}}) == RunState::Interrupted);
    CHECK(state_after({stopped("waiting")}) == RunState::Waiting);
    CHECK(state_after({stopped("done")}) == RunState::Done);
    CHECK(state_after({stopped("failed"), ResumeRecord{}}) == RunState::Interrupted);
    CHECK(state_after({intent(1, "probed"), stopped("in-doubt")}) == RunState::InDoubt);
    CHECK(state_after({intent(1, "probed"), stopped("in-doubt"), ResolveRecord{1, "done", "", "", {}}}) == RunState::Interrupted);
    CHECK(state_after({stopped("done"), UndoIntentRecord{}}) == RunState::Done);
    CHECK(state_after({stopped("something new")}) == RunState::Failed);
}

TEST_CASE("a step that is in doubt again after another attempt has to be resolved again", "[dsl][run][history]") {
    const std::vector<JournalRecord> records{HeaderRecord{}, intent(1, "once"), ResolveRecord{1, "again", "", "", {}}, intent(1, "once", 2)};
    const RunHistory history = history_of(records);
    REQUIRE(history.in_doubt() != nullptr);
    CHECK(history.steps.at(1).attempts == 2);
}

TEST_CASE("states have the names of the journal", "[dsl][run][history]") {
    CHECK(name_of(RunState::InDoubt) == "in-doubt");
    CHECK(name_of(RunState::Undone) == "undone");
    CHECK(name_of(StepState::UndoFailed) == "undo-failed");
}
