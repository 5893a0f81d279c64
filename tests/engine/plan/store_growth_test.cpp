#include "engine/plan/store_growth.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

struct Growing {
    DatabaseSpec spec;
    std::vector<RecoveryPoint> points;
    std::vector<const RecoveryPoint*> references;
    World world;
    StoreGrowth growth() {
        spec.name = DatabaseName("orders");
        references.clear();
        for (const RecoveryPoint& point : points) references.push_back(&point);
        ScopedDatabase database;
        database.spec = &spec;
        database.points = references;
        return {database, world};
    }
    void had(BackupKind kind, std::uint64_t stored) {   // Newest first.
        points.push_back(point_at("p", "2026-11-22T02:00:00Z", kind));
        points.back().stored_bytes = stored;
    }
};
constexpr Duration kDay = std::chrono::hours(24);

}  // namespace

TEST_CASE("a backup adds what its kind used to add", "[plan][growth]") {
    Growing database;
    database.had(BackupKind::Incremental, 10);
    database.had(BackupKind::Full, 300);
    database.had(BackupKind::Full, 1000);
    const StoreGrowth growth = database.growth();
    CHECK(growth.added_by(BackupKind::Incremental, false, kDay) == 10);
    CHECK(growth.added_by(BackupKind::Full, false, kDay) == 300);   // Not the first: that stored everything.
    CHECK(growth.assumptions().size() == 3);
}

TEST_CASE("without history a part of the database changes every day", "[plan][growth]") {
    Growing database;
    database.world.source_bytes[DatabaseName("orders")] = 2'000'000;
    const StoreGrowth growth = database.growth();
    CHECK(growth.added_by(BackupKind::Full, true, Duration(0)) == 1'000'000);
    CHECK(growth.added_by(BackupKind::Incremental, false, kDay) == 20'000);
    CHECK(growth.added_by(BackupKind::Incremental, false, kDay * 400) == 1'000'000);
    CHECK(Growing().growth().assumptions() == std::vector<std::string>{"nothing is known of its size, so bytes cannot be estimated"});
}

TEST_CASE("an older point takes what has changed since, never more than a whole", "[plan][growth]") {
    Growing database;
    database.had(BackupKind::Full, 1000);
    StoreGrowth growth = database.growth();
    growth.record(BackupKind::Full, 1000);
    for (int i = 0; i < 8; ++i) growth.record(BackupKind::Incremental, 200);
    CHECK(growth.bytes_of({8}) == 1000);
    CHECK(growth.bytes_of({7, 8}) == 1200);
    CHECK(growth.bytes_of({5, 8}) == 1600);
    CHECK(growth.bytes_of({0, 8}) == 2000);
    CHECK(growth.bytes_of({}) == 0);
    growth.record(BackupKind::Log, 7);
    CHECK(growth.bytes_of({8, 9}) == 1007);
}

}  // namespace holdfast
