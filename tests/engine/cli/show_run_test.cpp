#include "engine/cli/show_run.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

StepView a_step() {
    StepView step;
    step.number = 2;
    step.title = "take a safety backup";
    step.sentence = "01jd of orders";
    step.took = Duration(1200);
    return step;
}

}  // namespace

TEST_CASE("a finished step is one line with what came of it", "[cli]") {
    CHECK(run_event_text({RunEventKind::StepDone, "", a_step(), std::nullopt}, Style(false), false) ==
          "   2. take a safety backup: 01jd of orders (1.2 s)\n");
    CHECK(run_event_text({RunEventKind::StepReplayed, "", a_step(), std::nullopt}, Style(false), false) ==
          "   2. take a safety backup (recorded earlier): 01jd of orders\n");
    CHECK(run_event_text({RunEventKind::StepBegan, "", a_step(), std::nullopt}, Style(false), false).empty());
}

TEST_CASE("an approval shows what is asked for and the evidence", "[cli]") {
    ApprovalView approval;
    approval.number = 6;
    approval.title = "put the missing rows back";
    approval.what = {{"into", "orders"}};
    approval.evidence = {"11 rows missing in orders"};
    approval.required = 2;
    approval.counted = 1;
    CHECK(approval_text(approval, Style(false)) ==
          "   6. approval: put the missing rows back\n"
          "      into: orders\n"
          "      11 rows missing in orders\n"
          "      1 of 2 other people have approved\n");
}

TEST_CASE("every way in which a run can end says what to type next", "[cli]") {
    RunbookOutcome outcome;
    outcome.id = RunId("01jd");
    for (const RunState state : {RunState::Done, RunState::Waiting, RunState::Failed, RunState::InDoubt, RunState::Cancelled}) {
        outcome.state = state;
        CHECK(run_outcome_text(outcome, Style(false)).find("runbook ") != std::string::npos);
    }
}
