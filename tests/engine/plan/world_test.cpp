#include "engine/plan/world.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

Policy some_policy() { return policy_with({cron_rule(BackupKind::Full, "0 2 * * *")}); }
World some_world() {
    World world;
    world.points = {slot_point("p1", "2026-11-22T02:00:00Z"), slot_point("p2", "2026-11-23T02:00:00Z")};
    world.jobs = {job_record(BackupKind::Full, "2026-11-22T02:00:00Z", JobState::Done), job_record(BackupKind::Full, "2026-11-23T02:00:00Z", JobState::Failed)};
    return world;
}

}  // namespace

TEST_CASE("the fingerprint does not depend on order", "[plan][world]") {
    World turned = some_world();
    std::swap(turned.points[0], turned.points[1]);
    std::swap(turned.jobs[0], turned.jobs[1]);
    CHECK(world_hash(some_policy(), turned) == world_hash(some_policy(), some_world()));
    CHECK(world_hash(some_policy(), some_world()).size() == 32);
}

TEST_CASE("the fingerprint changes with everything that a plan depends on", "[plan][world]") {
    std::set<std::string> seen{world_hash(some_policy(), some_world())};
    std::size_t changes = 1;
    const auto expect_new = [&](const Policy& policy, const World& world) {
        seen.insert(world_hash(policy, world));
        CHECK(seen.size() == ++changes);
    };
    const std::vector<std::function<void(Policy&)>> policy_changes{
        [](Policy& policy) { policy.timezone = "Europe/Berlin"; },
        [](Policy& policy) { policy.policies[0].backups[0].when = CronSpec{"0 3 * * *"}; },
        [](Policy& policy) { policy.policies[0].backups[0].when = EverySpec{std::chrono::hours(24)}; },
        [](Policy& policy) { policy.policies[0].backups[0].start_within = std::chrono::minutes(5); },
        [](Policy& policy) { policy.policies[0].retention.at_least = 7; },
        [](Policy& policy) { policy.policies[0].retention.daily = Period{.months = 0, .rest = std::chrono::hours(24)}; },
        [](Policy& policy) { policy.environments[0].copies.push_back(StoreName("offsite")); },
        [](Policy& policy) { policy.databases[0].path = "/srv/other.db"; },
        [](Policy& policy) { policy.stores[0].url = "file:///elsewhere"; },
        [](Policy& policy) { add_database(policy, "notes"); },
        [](Policy& policy) { policy.encryption.enabled = false; }};
    for (const auto& change : policy_changes) {
        Policy policy = some_policy();
        change(policy);
        expect_new(policy, some_world());
    }
    const std::vector<std::function<void(World&)>> world_changes{
        [](World& world) { world.points.pop_back(); },
        [](World& world) { world.points[0].pinned = true; },
        [](World& world) { world.points[0].soundness = Soundness::Damaged; },
        [](World& world) { world.points[0].copies.push_back(StoreName("offsite")); },
        [](World& world) { world.points[0].keep_until = utc("2027-01-01T00:00:00Z"); },
        [](World& world) { world.jobs[0].state = JobState::Failed; },
        [](World& world) { world.jobs[1].attempt = 2; },
        [](World& world) { world.jobs.pop_back(); },
        [](World& world) { world.watching_since = utc("2026-01-01T00:00:00Z"); },
        [](World& world) { world.in_use.push_back(PointId("p1")); }};
    for (const auto& change : world_changes) {
        World world = some_world();
        change(world);
        expect_new(some_policy(), world);
    }
}

TEST_CASE("the fingerprint stays where no plan could change", "[plan][world]") {
    World world = some_world();
    world.points[0].soundness = Soundness::Sound;   // It was unchecked, and counted as sound.
    world.jobs[0].lease_until = utc("2026-11-22T02:10:00Z");
    world.source_bytes[DatabaseName("orders")] = 5;
    CHECK(world_hash(some_policy(), world) == world_hash(some_policy(), some_world()));
}

}  // namespace holdfast
