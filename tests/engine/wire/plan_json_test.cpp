#include "engine/wire/plan_json.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

namespace {

Instant at(std::string_view text) { return parse_rfc3339(text).value(); }

Plan full_plan() {
    Plan plan;
    plan.now = at("2026-11-20T13:05:00.250Z");
    plan.world = "3f9c";
    Job job;
    job.slot = {DatabaseName("orders"), BackupKind::Incremental, at("2026-11-20T01:00:00Z")};
    job.run_as = BackupKind::Full;
    job.reason = JobReason::NoBase;
    job.missed = {at("2026-11-19T01:00:00Z")};
    job.missed_count = 1;
    job.start_before = at("2026-11-20T01:30:00Z");
    job.finish_within = std::chrono::hours(3);
    job.base = PointId("01j0000000000000000000000a");
    job.store = StoreName("local");
    job.estimated_bytes = 12345678901234567890ULL;
    job.estimated_time = Duration(1500);
    job.why = "no full backup exists; \"promoted\"\n";
    plan.jobs = {job};
    plan.copies = {{PointId("p"), DatabaseName("orders"), StoreName("local"), StoreName("offsite"), "missing there"}};
    plan.retention = {{DatabaseName("orders"), {{PointId("p"), {KeepReason::Daily, KeepReason::ClockMovedBack}}, {PointId("q"), {}}}}};
    plan.missed = {{job.slot, "nobody ran"}};
    plan.upcoming = {job.slot};
    plan.notes = {"logs are left out"};
    return plan;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const auto where = text.find(what);
    REQUIRE(where != std::string::npos);
    return text.replace(where, what.size(), by);
}

}  // namespace

TEST_CASE("a plan comes back from JSON as it went", "[wire]") {
    CHECK(plan_from_json(to_json(full_plan())) == full_plan());
    CHECK(plan_from_json(to_json(Plan{})) == Plan{});
}

TEST_CASE("a plan as JSON carries its version and its kind", "[wire]") {
    CHECK(to_json(Plan{}).starts_with("{\n  \"version\": 1,\n  \"kind\": \"plan\",\n"));
}

TEST_CASE("every reason to keep and every reason to run has a name that is read back", "[wire]") {
    Plan plan;
    RetentionVerdict verdict{PointId("p"), {}};
    for (int reason = 0; reason <= static_cast<int>(KeepReason::ClockMovedBack); ++reason) {
        verdict.reasons.push_back(static_cast<KeepReason>(reason));
    }
    plan.retention = {{DatabaseName("orders"), {verdict}}};
    for (int reason = 0; reason <= static_cast<int>(JobReason::ByRunbook); ++reason) {
        plan.jobs.emplace_back().reason = static_cast<JobReason>(reason);
    }
    CHECK(plan_from_json(to_json(plan)) == plan);
}

TEST_CASE("a plan file that was changed by hand is refused with the field's name", "[wire]") {
    const std::string text = to_json(full_plan());
    const auto message_of = [](const std::string& wrong) {
        try {
            plan_from_json(wrong);
        } catch (const Error& error) {
            return error.message;
        }
        return std::string("accepted");
    };
    CHECK(message_of(replaced(text, "\"no-base\"", "\"no-basis\"")) == "jobs[0].reason: a word that is not known");
    CHECK(message_of(replaced(text, "\"world\"", "\"words\"")) == "world: it is missing");
    CHECK(message_of(replaced(text, "\"estimated_bytes\": 12345678901234567890", "\"estimated_bytes\": -1")) ==
          "jobs[0].estimated_bytes: a whole number is expected");
    CHECK(message_of(replaced(text, "\"version\": 1", "\"version\": 2")) == "version: it is not 1");
    CHECK(message_of(replaced(text, "\"kind\": \"plan\"", "\"kind\": \"points\"")) == "kind: it is not plan");
    CHECK(message_of(replaced(text, "\"world\"", "\"extra\": 1, \"world\"")) == "the document: it has a field that is not known");
    CHECK(message_of("[1]") == "the document: it is not JSON");
    CHECK(message_of("") == "the document: it is not JSON");
}
