#include "engine/plan/plan_scope.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {

TEST_CASE("each database gets its own points and jobs, newest point first", "[plan][scope]") {
    Policy policy = policy_with({cron_rule(BackupKind::Full, "0 2 * * *")});
    add_database(policy, "notes");
    add_database(policy, "empty");
    World world;
    for (const char* at : {"2026-11-21T02:00:00Z", "2026-11-23T02:00:00Z", "2026-11-22T02:00:00Z"}) {
        world.points.push_back(point_at(at, at));
        world.jobs.push_back(job_record(BackupKind::Full, at, JobState::Done));
    }
    world.points[1].database = world.jobs[2].slot.database = DatabaseName("notes");
    PlanNotes notes;
    const PlanScope scope(policy, world, {}, notes);
    REQUIRE(scope.databases().size() == 3);
    const ScopedDatabase& orders = scope.databases()[0];
    REQUIRE(orders.points.size() == 2);
    CHECK(orders.points[0]->id == PointId("2026-11-22T02:00:00Z"));
    CHECK(orders.jobs.size() == 2);
    CHECK(scope.databases()[1].points.size() == 1);
    CHECK(scope.databases()[1].jobs.size() == 1);
    CHECK(scope.databases()[2].points.empty());
    CHECK(orders.rule(BackupKind::Full) != nullptr);
    CHECK(orders.rule(BackupKind::Log) == nullptr);
    CHECK(notes.take().empty());
}

TEST_CASE("backups go to the first store that this build can open", "[plan][scope]") {
    Policy policy = policy_with({cron_rule(BackupKind::Full, "0 2 * * *")});
    policy.environments[0].copies = {StoreName("offsite"), StoreName("local")};
    PlanOptions options;
    options.store_schemes = {"file"};
    PlanNotes notes;
    const World world;
    const PlanScope scope(policy, world, options, notes);
    CHECK(scope.databases().at(0).store->name == StoreName("local"));
    CHECK(*scope.databases()[0].copies == std::vector{StoreName("local")});
}

TEST_CASE("without any store that can be opened nothing is backed up", "[plan][scope]") {
    const Policy policy = policy_with({cron_rule(BackupKind::Full, "0 2 * * *")});
    PlanOptions options;
    options.store_schemes = std::vector<std::string>{};
    PlanNotes notes;
    const World world;
    const PlanScope scope(policy, world, options, notes);
    CHECK(scope.databases().at(0).rule(BackupKind::Full) == nullptr);
    CHECK(notes.take() == std::vector<std::string>{"the store local cannot be opened by this build: no backups or copies go there for orders",
                                                   "nothing is backed up, for want of a store that this build can open, for orders"});
}

}  // namespace holdfast
