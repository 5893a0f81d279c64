#include "engine/plan/due.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

// Hourly; asked at 12:20.
std::optional<DueSlot> due_at(std::string_view start_within, std::string_view since, std::string_view now = "2026-11-23T12:20:00Z") {
    const BackupRule rule = every_rule(BackupKind::Full, "1h", start_within);
    SlotTimes slots(rule.when, TimeZone::utc(), utc(now));
    return find_due(slots, rule, KindPast{}, utc(since), utc(now));
}
using Verdict = DueSlot::Verdict;

}  // namespace

TEST_CASE("a slot in time is run, an older one is missed", "[plan][due]") {
    const auto due = due_at("30m", "2026-11-23T10:00:00Z");
    REQUIRE(due);
    CHECK(due->verdict == Verdict::Run);
    CHECK(due->at == utc("2026-11-23T12:00:00Z"));
    CHECK(due->missed == std::vector{utc("2026-11-23T11:00:00Z")});
    CHECK(due->start_before == utc("2026-11-23T12:30:00Z"));
    CHECK_FALSE(due_at("30m", "2026-11-23T12:00:00Z"));
}

TEST_CASE("a late slot is caught up until the next is near", "[plan][due]") {
    CHECK(due_at("15m", "2026-11-23T11:00:00Z")->verdict == Verdict::CatchUp);
    CHECK(due_at("15m", "2026-11-23T11:00:00Z", "2026-11-23T12:45:00Z")->verdict == Verdict::WaitForNext);
    CHECK(due_at("", "2026-11-23T11:00:00Z", "2026-11-23T12:59:00Z")->verdict == Verdict::Run);
}

TEST_CASE("retries wait longer and longer, an hour at most", "[plan][due]") {
    JobRecord job = job_record(BackupKind::Full, "2026-11-23T12:00:00Z", JobState::Failed);
    const auto pause = [&](int attempt) {
        job.attempt = attempt;
        return retry_at(job) - *job.finished;
    };
    CHECK(pause(3) <= Duration(0));
    CHECK(pause(4) == std::chrono::minutes(1));
    CHECK(pause(6) == std::chrono::minutes(4));
    CHECK(pause(1000) == std::chrono::hours(1));
}

}  // namespace holdfast
