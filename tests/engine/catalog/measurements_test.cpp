#include <catch2/catch.hpp>

#include "tests/support/catalog_values.hpp"
#include "tests/support/open_catalog.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE("measurements are asked for by kind and time", "[catalog][measurements]") {
    OpenCatalog f;
    Measurement one{.at = f.clock.now(), .kind = WorkKind::Restore, .database = DatabaseName("orders"), .engine = EngineKind::Postgres, .store = StoreName("offsite"),
                    .host = "db1", .bytes = 5'000'000'000, .took = 90s};
    f.catalog->record_measurement(one);
    Measurement other = one;
    other.kind = WorkKind::Check;
    f.catalog->record_measurement(other);
    CHECK(f.catalog->measurements({WorkKind::Restore}, f.clock.now() - 1h, f.clock.now()) == std::vector{one});
    CHECK(f.catalog->measurements({WorkKind::Check, WorkKind::Restore}, f.clock.now() - 1h, f.clock.now()) == std::vector{other, one});
    CHECK(f.catalog->measurements({WorkKind::Restore}, f.clock.now(), f.clock.now() + 1h).empty());
    CHECK(f.catalog->measurements({WorkKind::Copy}, Instant{}, f.clock.now()).empty());
}

TEST_CASE("a drill is read back as it was recorded", "[catalog][drills]") {
    OpenCatalog f;
    DrillRecord drill;
    drill.id = "01d";
    drill.drill = "weekly";
    drill.database = DatabaseName("orders");
    drill.runbook = "total-failure";
    drill.runbook_hash = "aa";
    drill.point = PointId("01a");
    drill.state_of = drill.started = f.clock.now();
    drill.finished = f.clock.now() + 1min;
    drill.took = 50s;
    drill.limit = 1h;
    drill.checks = {{"integrity", true, "sound"}, {"row-counts", false, "orders has 3, 4 were recorded"}};
    drill.why = "row-counts";
    drill.kept = "/srv/scratch";
    f.catalog->record_drill(drill);
    CHECK(f.catalog->drills(std::nullopt) == std::vector{drill});
    CHECK(f.catalog->drills(DatabaseName("items")).empty());
    f.catalog->forget_kept("01d");
    drill.kept.clear();
    CHECK(f.catalog->drills(DatabaseName("orders")) == std::vector{drill});
}
