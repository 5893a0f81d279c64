#include "engine/compliance/framework.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/evidence_fixtures.hpp"

namespace holdfast {
namespace {

ControlState state_of_control(const std::vector<std::string>& checks, const std::function<void(Policy&, Evidence&)>& change = {}) {
    Policy policy = whole_policy();
    Evidence evidence = whole_evidence();
    if (change) change(policy, evidence);
    const Framework framework{.name = "x", .title = "X", .source = {}, .controls = {{"1", "One", checks}}};
    return project(framework, judge(policy, evidence)).at(0).state;
}

TEST_CASE("a control is met where none of its checks has a finding", "[compliance][frames]") {
    CHECK(state_of_control({"OWNER", "ENCRYPTED"}) == ControlState::Met);
    CHECK(state_of_control({"OWNER", "RTO-PROOF"}) == ControlState::NotMet);
}

TEST_CASE("what could not be judged does not meet a control, and a waiver is told apart", "[compliance][frames]") {
    CHECK(state_of_control({"OWNER", "INVENTORY"}, [](Policy&, Evidence& evidence) { evidence.live.reset(); }) == ControlState::NotJudged);
    CHECK(state_of_control({"RTO-PROOF"}, [](Policy& policy, Evidence&) {
              Waiver waiver;
              waiver.check = "RTO-PROOF";
              waiver.asked_by = "a";
              waiver.approved_by = "b";
              waiver.until = std::chrono::year(2027) / 1 / 1;
              policy.waivers = {waiver};
          }) == ControlState::Waived);
    // A note is no failure.
    CHECK(state_of_control({"PROVENANCE"}, [](Policy&, Evidence& evidence) { evidence.databases["orders"].points[0].provenance.policy_commit.clear(); }) == ControlState::Met);
}

}  // namespace
}  // namespace holdfast
