#include "engine/model/plan.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a plan has changes when it runs, copies or expires anything", "[model][plan]") {
    Plan plan;
    CHECK_FALSE(plan.has_changes());
    plan.retention.resize(1);
    plan.retention[0].verdicts.push_back({.point = PointId("01a"), .reasons = {KeepReason::Daily}});
    CHECK_FALSE(plan.has_changes());
    plan.retention[0].verdicts.push_back({.point = PointId("01b"), .reasons = {}});
    CHECK(plan.has_changes());
    plan = {};
    plan.copies.resize(1);
    CHECK(plan.has_changes());
    plan = {};
    plan.jobs.resize(1);
    CHECK(plan.has_changes());
}
