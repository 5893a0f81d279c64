#include "engine/operations/catalog_points.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/audit_chain.hpp"
#include "engine/operations/expire.hpp"
#include "engine/operations/take_backup.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

struct PointsFixture : WorkplaceFixture {
    RecoveryPoint back_up() {
        BackupNow request;
        request.database = kOrders;
        RecoveryPoint point = take_backup(place(), request, progress, never).point;
        clock.advance(std::chrono::hours(1));
        return point;
    }
};

}  // namespace

TEST_CASE_METHOD(PointsFixture, "points are listed by database and environment", "[operations]") {
    const RecoveryPoint point = back_up();
    CHECK(list_points(place(), {}).size() == 1);
    CHECK(list_points(place(), {kOrders, EnvironmentName("shop")}).front().id == point.id);
    CHECK_THROWS_AS(list_points(place(), {DatabaseName("other"), std::nullopt}), Error);
    CHECK_THROWS_AS(list_points(place(), {std::nullopt, EnvironmentName("prod")}), Error);
}

TEST_CASE_METHOD(PointsFixture, "a point is shown with why it stays", "[operations]") {
    const RecoveryPoint point = back_up();
    const PointDetails details = show_point(place(), point.id.str().substr(0, 20));
    CHECK(details.point.id == point.id);
    CHECK(details.verdict.keep());
    CHECK_FALSE(details.verdict_text.empty());
}

TEST_CASE_METHOD(PointsFixture, "a pin is recorded in the audit chain", "[operations]") {
    const RecoveryPoint point = back_up();
    CHECK(pin_point(place(), point.id.str(), std::nullopt).pinned);
    CHECK(pin_point(place(), point.id.str(), parse_period("10d")).keep_until.has_value());
    CHECK_FALSE(unpin_point(place(), point.id.str()).keep_until);
    const auto entries = audit_entries(place(), 3);
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].action == "unpin");
    CHECK(entries[1].action == "pin");
    CHECK(verify_audit(place()).ok());
}

TEST_CASE_METHOD(PointsFixture, "verify can be asked of one point or one database", "[operations]") {
    const RecoveryPoint point = back_up();
    CHECK(verify_catalog(place(), {point.id.str(), std::nullopt, 1.0}, progress, never).ok());
    CHECK(verify_catalog(place(), {std::nullopt, kOrders, 1.0}, progress, never).ok());
    CHECK(rebuild(place(), {}, progress, never).ok());
}

TEST_CASE_METHOD(PointsFixture, "verify of a database without a point says so", "[operations]") {
    CHECK_THROWS_WITH(verify_catalog(place(), {std::nullopt, kOrders, 1.0}, progress, never), Catch::Contains("has no recovery point yet"));
}

TEST_CASE_METHOD(PointsFixture, "expiry keeps at_least, and tells a reason for each point", "[operations]") {
    for (int round = 0; round < 5; ++round) back_up();
    const ExpirePlan plan = plan_expiry(place(), kOrders, std::nullopt);
    CHECK(plan.entries.size() == 5);
    CHECK(plan.to_expire == 2);
    for (const ExpirePlan::Entry& entry : plan.entries) CHECK_FALSE(entry.why.empty());
    const ExpireOutcome outcome = expire(place(), plan, progress, never);
    CHECK(outcome.expired.size() == 2);
    CHECK(list_points(place(), {}).size() == 3);
    CHECK(plan_expiry(place(), kOrders, std::nullopt).to_expire == 0);
}
