#include "engine/operations/plan_ahead.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/tick.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "planning twice gives the same plan and changes nothing", "[operations]") {
    const Plan first = plan_ahead(place(), {});
    CHECK(first == plan_ahead(place(), {}));
    CHECK(first.has_changes());
    CHECK(place().catalog().points(std::nullopt).empty());
    CHECK_FALSE(fs::exists(folder / "backups"));
}

TEST_CASE_METHOD(WorkplaceFixture, "a tick runs what is due once, across restarts", "[operations]") {
    const TickDone first = tick(place(), {}, progress, never);
    REQUIRE(first.outcome.jobs.size() == 1);
    CHECK(first.exit_status() == 0);
    open();
    CHECK(tick(place(), {}, progress, never).outcome.jobs.empty());
    clock.set(parse_rfc3339("2026-11-21T01:00:30Z").value());
    const TickDone nightly = tick(place(), {}, progress, never);
    REQUIRE(nightly.outcome.jobs.size() == 1);
    CHECK(nightly.outcome.jobs[0].job.run_as == BackupKind::Incremental);
}

TEST_CASE_METHOD(WorkplaceFixture, "slots that nobody ran are made up for by one run", "[operations]") {
    tick(place(), {}, progress, never);
    clock.set(parse_rfc3339("2026-11-26T12:00:00Z").value());
    const TickDone done = tick(place(), {}, progress, never);
    CHECK(done.exit_status() == 0);
    std::uint64_t missed = 0;
    for (const JobOutcome& job : done.outcome.jobs) missed += job.job.missed_count;
    CHECK(missed + done.plan.missed.size() > 0);
    CHECK(tick(place(), {}, progress, never).outcome.jobs.empty());
}

TEST_CASE_METHOD(WorkplaceFixture, "apply refuses another world", "[operations]") {
    const Plan plan = plan_ahead(place(), {});
    CHECK(apply_plan(place(), plan, progress, never).exit_status() == 0);
    CHECK_THROWS_WITH(apply_plan(place(), plan, progress, never), Catch::Contains("has changed since this plan was made"));
}

TEST_CASE_METHOD(WorkplaceFixture, "a database that fails makes the tick fail and says why", "[operations]") {
    fs::remove(database());
    fs::remove(database().string() + "-wal");
    clock.set(parse_rfc3339("2026-11-20T12:00:00Z").value());
    open();
    std::stop_source stop;
    stop.request_stop();
    const TickDone stopped = tick(place(), {}, progress, stop.get_token());
    CHECK(stopped.exit_status() != 0);
}

TEST_CASE_METHOD(WorkplaceFixture, "names that the policy does not have get a suggestion", "[operations]") {
    const Policy& policy = place().policy();
    CHECK_NOTHROW(require_database(policy, kOrders));
    CHECK_THROWS_AS(require_database(policy, DatabaseName("order")), Error);
    CHECK_THROWS_AS(require_environment(policy, EnvironmentName("prod")), Error);
    try {
        require_environment(policy, EnvironmentName("shp"));
    } catch (const Error& error) {
        CHECK(error.hint == "Did you mean shop?");
    }
}
