// No fault point without a scenario that is killed there.
#include "engine/base/fault_point.hpp"
#include "tests/crash/scenario.hpp"

using namespace holdfast;

TEST_CASE("every fault point is in a scenario, and each scenario names only those there are", "[crash]") {
    std::set<std::string_view> named;
    for (const auto& scenarios : {backup_scenarios(), care_scenarios(), restore_scenarios(), runbook_scenarios(), disaster_scenarios(), log_scenarios(), wal_scenarios(), postgres_scenarios(), notify_scenarios(), evidence_scenarios()}) {
        for (const Scenario& scenario : scenarios) named.insert(scenario.points.begin(), scenario.points.end());
    }
    const std::set<std::string_view> known(all_fault_points().begin(), all_fault_points().end());
    for (const std::string_view point : known) {
        INFO(point << " is killed in no scenario");
        CHECK(named.contains(point));
    }
    for (const std::string_view point : named) {
        INFO(point << " is no fault point");
        CHECK(known.contains(point));
    }
}

TEST_CASE("the program dies where it is told to, and only there", "[crash]") {
    const Shop shop;
    CHECK(shop.run({"tick"}, {.crash_at = "catalog.claim.before"}).exit_status == kKilled);
    CHECK(shop.run({"tick"}, {.crash_at = "catalog.claim.before:1000", .later = std::chrono::minutes(10)}).exit_status == 0);
}
