#include "engine/operations/restore_database.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/take_backup.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "a restore is planned before anything is written", "[operations]") {
    BackupNow request;
    request.database = kOrders;
    const RecoveryPoint point = take_backup(place(), request, progress, never).point;
    RestoreAsked asked{kOrders, std::nullopt, std::nullopt, std::nullopt, folder / "copy.db", false};
    const RestorePlan fresh = plan_restore(place(), asked);
    CHECK(fresh.target.point.id == point.id);
    CHECK_FALSE(fresh.over_existing);
    CHECK_FALSE(fs::exists(folder / "copy.db"));
    asked.to = database();
    asked.delta = true;
    CHECK_THROWS_WITH(plan_restore(place(), asked), Catch::Contains("is the live database orders"));
    fs::create_symlink(database(), folder / "alias.db");
    asked.to = folder / "alias.db";
    CHECK_THROWS_WITH(plan_restore(place(), asked), Catch::Contains("is the live database orders"));
    write("there.db", "something");
    asked.to = folder / "there.db";
    CHECK(plan_restore(place(), asked).over_existing);
    asked.delta = false;
    CHECK_THROWS_WITH(plan_restore(place(), asked), Catch::Contains("is there already"));
    asked.to = folder / "copy.db";
    asked.point = "zz";
    CHECK_THROWS_AS(plan_restore(place(), asked), Error);
}

TEST_CASE_METHOD(WorkplaceFixture, "what is restored is what was backed up", "[operations]") {
    BackupNow request;
    request.database = kOrders;
    take_backup(place(), request, progress, never);
    const RestoreAsked asked{kOrders, std::nullopt, std::nullopt, std::nullopt, folder / "copy.db", false};
    restore_database(place(), asked, plan_restore(place(), asked), progress, never);
    CHECK(sample_content(folder / "copy.db") == sample_content(database()));
    CHECK(place().catalog().audit_entries(1).front().action == "restore");
}
