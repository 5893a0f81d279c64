#include "engine/compliance/judge.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/evidence_fixtures.hpp"

namespace holdfast {
namespace {

Waiver waiver_of(std::string check, std::string_view until, std::optional<DatabaseName> database = DatabaseName("orders")) {
    Waiver waiver;
    waiver.check = std::move(check);
    waiver.database = std::move(database);
    waiver.because = "it is measured in the spring";
    waiver.asked_by = "ann";
    waiver.approved_by = "bob";
    waiver.until = std::chrono::floor<std::chrono::days>(utc(until));
    return waiver;
}

Judgement with_waiver(const Waiver& waiver) {
    Policy policy = whole_policy();
    policy.waivers = {waiver};
    return judge(policy, whole_evidence());
}

TEST_CASE("a waiver in force excuses the finding that it names", "[compliance][waivers]") {
    const Judgement judgement = with_waiver(waiver_of("RTO-PROOF", "2027-01-31T00:00:00Z"));
    CHECK(judgement.findings.empty());
    REQUIRE(judgement.waived.size() == 1);
    CHECK(judgement.waived[0].shortfall.check == "RTO-PROOF");
    const auto check = std::ranges::find(judgement.checks, "RTO-PROOF", &JudgedCheck::id);
    CHECK(check->waived == 1);
    CHECK(with_waiver(waiver_of("RTO-PROOF", "2027-01-31T00:00:00Z", std::nullopt)).findings.empty());
}

TEST_CASE("a waiver ends at 00:00 UTC of its day, and is a finding from then on", "[compliance][waivers]") {
    Policy policy = whole_policy();
    policy.waivers = {waiver_of("RTO-PROOF", "2026-11-25T00:00:00Z")};
    Evidence evidence = whole_evidence();
    evidence.as_of = utc("2026-11-24T23:59:59Z");
    CHECK(found_in(judge(policy, evidence)) == std::vector<std::string>{"WAIVER-ENDING(orders)"});
    evidence.as_of = utc("2026-11-25T00:00:00Z");
    CHECK(found_in(judge(policy, evidence)) == std::vector<std::string>{"RTO-PROOF(orders)", "WAIVER-EXPIRED(orders)"});
    CHECK(has_ended(policy.waivers[0], utc("2026-11-25T00:00:00Z")));
    CHECK_FALSE(ends_soon(policy.waivers[0], utc("2026-11-01T00:00:00Z")));
}

TEST_CASE("a waiver that excuses nothing, or names no check, is a finding", "[compliance][waivers]") {
    CHECK(found_in(with_waiver(waiver_of("COPY-SITES", "2027-01-31T00:00:00Z"))) == std::vector<std::string>{"RTO-PROOF(orders)", "WAIVER-UNUSED(orders)"});
    CHECK(finding_of(with_waiver(waiver_of("COPY-SITE", "2027-01-31T00:00:00Z")), "WAIVER-UNUSED")->message == "the waiver of COPY-SITE of orders names a check that does not exist");
}

TEST_CASE("nobody excuses what they asked for themselves", "[compliance][waivers]") {
    Waiver waiver = waiver_of("RTO-PROOF", "2027-01-31T00:00:00Z");
    waiver.approved_by = waiver.asked_by;
    const Judgement judgement = with_waiver(waiver);
    CHECK(judgement.waived.empty());
    CHECK(finding_of(judgement, "RTO-PROOF") != nullptr);
    CHECK(finding_of(judgement, "WAIVER-APPROVER") != nullptr);
}

TEST_CASE("what needs a look at the present is not judged for a past time, and is no pass", "[compliance]") {
    Evidence evidence = whole_evidence();
    evidence.live.reset();
    const Judgement judgement = judge(whole_policy(), evidence);
    const auto check = std::ranges::find(judgement.checks, "INVENTORY", &JudgedCheck::id);
    CHECK_FALSE(check->not_judged.empty());
    CHECK_FALSE(check->passed());
}

TEST_CASE("the same policy and evidence give the same judgement", "[compliance]") {
    Policy policy = whole_policy();
    policy.environments[0].rpo = span("1h");
    CHECK(judge(policy, whole_evidence()) == judge(policy, whole_evidence()));
}

TEST_CASE("what no copy survives is told once, so that one waiver suffices", "[compliance]") {
    Policy policy = whole_policy();
    policy.stores[1].site = "berlin";
    const Judgement judgement = judge(policy, whole_evidence());
    CHECK(finding_of(judgement, "COPY-SITES") != nullptr);
    CHECK(finding_of(judgement, "RPO-PROOF") == nullptr);
}

}  // namespace
}  // namespace holdfast
