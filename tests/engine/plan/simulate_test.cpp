#include "engine/plan/simulate.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

const Instant kNow = utc("2026-11-23T12:00:00Z");

Policy weekly() {
    return policy_with({cron_rule(BackupKind::Full, "0 2 * * Sun"), cron_rule(BackupKind::Incremental, "0 2 * * *")},
                       {.any_second = {}, .daily = parse_period("7d"), .weekly = parse_period("28d"), .monthly = {}, .at_least = 3});
}
World history() {
    World world;
    world.points = {slot_point("p1", "2026-11-22T02:00:00Z"), slot_point("p2", "2026-11-23T02:00:00Z", BackupKind::Incremental)};
    world.points[0].stored_bytes = 1'000'000;
    world.points[1].stored_bytes = 10'000;
    return world;
}
DatabaseSimulation simulated(const Policy& policy, const World& world, Instant until) {
    return simulate(policy, world, kNow, until).databases.at(0);
}

}  // namespace

TEST_CASE("a simulation has a point for every slot, the full in place of the incremental", "[plan][simulate]") {
    const auto life = simulated(weekly(), history(), utc("2026-11-30T12:00:00Z"));
    REQUIRE(life.points.size() == 2 + 7);
    CHECK(life.points[0].exists);
    CHECK(life.points[2].at == utc("2026-11-24T02:00:00Z"));
    CHECK(life.points[2].kind == BackupKind::Incremental);
    CHECK(life.points[7].at == utc("2026-11-29T02:00:00Z"));
    CHECK(life.points[7].kind == BackupKind::Full);
}

TEST_CASE("a simulation without a backup begins with one at once", "[plan][simulate]") {
    World world;
    world.source_bytes[DatabaseName("orders")] = 5'000'000;
    const auto life = simulated(weekly(), world, utc("2026-11-24T12:00:00Z"));
    REQUIRE(life.points.size() == 2);
    CHECK(life.points[0].at == kNow);
    CHECK(life.points[0].kind == BackupKind::Full);
    CHECK(life.points[0].added_bytes == 2'500'000);
}

TEST_CASE("the worst gap is the longest time without a point", "[plan][simulate]") {
    Policy policy = weekly();
    policy.policies[0].backups = {cron_rule(BackupKind::Full, "0 2 * * Mon-Fri")};
    const auto life = simulated(policy, history(), utc("2026-12-31T02:00:00Z"));
    CHECK(life.worst_gap == std::chrono::hours(72));
    CHECK(life.worst_gap_begin == utc("2026-11-27T02:00:00Z"));
    CHECK(life.worst_gap_end == utc("2026-11-30T02:00:00Z"));
}

TEST_CASE("the gap at the end of summer time is an hour longer", "[plan][simulate][dst]") {
    Policy policy = weekly();
    policy.timezone = "Europe/Berlin";
    const auto life = simulate(policy, World{}, utc("2026-10-20T12:00:00Z"), utc("2026-11-10T12:00:00Z")).databases.at(0);
    CHECK(life.worst_gap == std::chrono::hours(25));
    CHECK(life.worst_gap_begin == utc("2026-10-25T00:00:00Z"));
}

TEST_CASE("points expire in a simulation as they would", "[plan][simulate]") {
    const auto life = simulated(weekly(), history(), utc("2027-03-01T12:00:00Z"));
    std::size_t stay = 0;
    for (const SimulatedPoint& point : life.points) stay += point.expired ? 0U : 1U;
    CHECK(stay == life.weeks.back().points);
    // A week of days, four weeks, and the week that both begin in.
    CHECK(stay >= 10);
    CHECK(stay <= 12);
    CHECK(life.points[1].expired.has_value());
}

TEST_CASE("pinned points stay in a simulation", "[plan][simulate]") {
    World world = history();
    world.points[0].pinned = true;
    world.points[1].keep_until = utc("2027-02-01T00:00:00Z");
    const auto life = simulated(weekly(), world, utc("2027-03-01T12:00:00Z"));
    CHECK_FALSE(life.points[0].expired);
    REQUIRE(life.points[1].expired);
    CHECK(*life.points[1].expired == utc("2027-02-01T00:00:00Z"));
}

TEST_CASE("a simulation tells the store's size at the end of each week", "[plan][simulate]") {
    const auto life = simulated(weekly(), history(), utc("2026-12-10T12:00:00Z"));
    REQUIRE(life.weeks.size() == 3);
    CHECK(life.weeks[0].end == utc("2026-11-30T00:00:00Z"));
    CHECK(life.weeks[2].end == utc("2026-12-10T12:00:00Z"));
    // Whole once, and 10 kB for each of the eight points and what changed between them: no more than all that was added.
    CHECK(life.weeks[0].bytes == 1'000'000 + 7 * 10'000);
    CHECK(life.weeks[0].points == 8);
    CHECK(life.weeks[2].bytes >= 1'000'000);
    CHECK(life.weeks[2].bytes <= 1'000'000 + 25 * 10'000);
    CHECK(life.assumptions.size() >= 3);
}

TEST_CASE("a simulation that goes nowhere is refused", "[plan][simulate]") {
    CHECK_THROWS_AS(simulate(weekly(), history(), kNow, kNow), Error);
    CHECK_THROWS_AS(simulate(weekly(), history(), kNow, kNow + std::chrono::hours(24 * 365 * 101)), Error);
    Policy busy = policy_with({every_rule(BackupKind::Full, "1s")});
    CHECK_THROWS_AS(simulate(busy, history(), kNow, kNow + std::chrono::hours(24 * 365)), Error);
}

TEST_CASE("what a build cannot run is left out of a simulation and named", "[plan][simulate]") {
    PlanOptions options;
    options.can_run = {{EngineKind::Sqlite, BackupKind::Full}};
    const Simulation simulation = simulate(weekly(), history(), kNow, utc("2026-12-10T12:00:00Z"), options);
    CHECK(simulation.notes.size() == 1);
    for (const SimulatedPoint& point : simulation.databases.at(0).points) {
        if (!point.exists) CHECK(point.kind == BackupKind::Full);
    }
}

}  // namespace holdfast
