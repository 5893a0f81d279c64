#include "engine/plan/past.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

struct Asked {
    Policy policy = policy_with({cron_rule(BackupKind::Full, "0 2 * * *", "", "1h")});
    World world;
    DatabasePast past;
    const DatabasePast& at(std::string_view now) {
        PlanNotes notes;
        const PlanScope scope(policy, world, {}, notes);
        read_past(scope.databases().at(0), utc(now), past);
        return past;
    }
};

}  // namespace

TEST_CASE("the newest slot that was dealt with is known", "[plan][past]") {
    Asked asked;
    asked.world.jobs = {job_record(BackupKind::Full, "2026-11-22T02:00:00Z", JobState::Done), job_record(BackupKind::Full, "2026-11-23T02:00:00Z", JobState::Missed),
                        job_record(BackupKind::Full, "2026-11-24T02:00:00Z", JobState::Failed)};
    const DatabasePast& past = asked.at("2026-11-24T03:00:00Z");
    CHECK(past.of(BackupKind::Full).handled == utc("2026-11-23T02:00:00Z"));
    CHECK(past.of(BackupKind::Full).failure_of(utc("2026-11-24T02:00:00Z")) != nullptr);
    CHECK(past.of(BackupKind::Full).failure_of(utc("2026-11-23T02:00:00Z")) == nullptr);
    CHECK_FALSE(past.has_state);
}

TEST_CASE("of several tries the last one counts", "[plan][past]") {
    Asked asked;
    for (const int attempt : {2, 3, 1}) {
        asked.world.jobs.push_back(job_record(BackupKind::Full, "2026-11-24T02:00:00Z", JobState::Failed));
        asked.world.jobs.back().attempt = attempt;
    }
    CHECK(asked.at("2026-11-24T03:00:00Z").of(BackupKind::Full).failure_of(utc("2026-11-24T02:00:00Z"))->attempt == 3);
}

TEST_CASE("slots of the future are not dealt with yet", "[plan][past]") {
    Asked asked;
    asked.world.jobs = {job_record(BackupKind::Full, "2026-11-22T02:00:00Z", JobState::Done), job_record(BackupKind::Full, "2030-11-22T02:00:00Z", JobState::Done)};
    asked.world.points = {point_at("p1", "2030-11-22T02:00:00Z")};
    const DatabasePast& past = asked.at("2026-11-24T03:00:00Z");
    CHECK(past.of(BackupKind::Full).handled == utc("2026-11-22T02:00:00Z"));
    CHECK(past.ahead != nullptr);
    CHECK(past.newest_activity < utc("2026-11-24T03:00:00Z"));
}

TEST_CASE("a running job is alive until its lease or its limit ends", "[plan][past]") {
    Asked asked;
    asked.world.jobs = {job_record(BackupKind::Full, "2026-11-24T02:00:00Z", JobState::Running)};
    CHECK(asked.at("2026-11-24T02:59:00Z").full_runs);
    CHECK_FALSE(asked.at("2026-11-24T03:01:00Z").full_runs);
    asked.world.jobs[0].lease_until = utc("2026-11-24T02:05:00Z");
    CHECK_FALSE(asked.at("2026-11-24T02:05:00Z").full_runs);
    CHECK(asked.past.of(BackupKind::Full).tried.size() == 1);
}

TEST_CASE("a base is sound and in the store", "[plan][past]") {
    Asked asked;
    asked.world.points = {point_at("p1", "2026-11-21T02:00:00Z"), point_at("p2", "2026-11-22T02:00:00Z", BackupKind::Incremental), point_at("p3", "2026-11-23T02:00:00Z"),
                          point_at("p4", "2026-11-24T02:00:00Z"), point_at("p5", "2026-11-24T02:30:00Z", BackupKind::Logical)};
    asked.world.points[2].soundness = Soundness::Damaged;
    asked.world.points[3].copies = {StoreName("offsite")};
    CHECK(asked.at("2026-11-24T03:00:00Z").base->id == PointId("p2"));
}

}  // namespace holdfast
