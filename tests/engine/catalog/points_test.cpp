#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/support/catalog_values.hpp"
#include "tests/support/open_catalog.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Fixture : OpenCatalog {
    std::vector<std::string> ids() const {
        std::vector<std::string> ids;
        for (const RecoveryPoint& point : catalog->points(std::nullopt)) ids.push_back(point.id.str().substr(0, 3));
        return ids;
    }
    void check(const PointId& point, const char* store, bool sound) const {
        catalog->record_verification({.point = point, .store = StoreName(store), .at = clock.now(), .sound = sound,
                                      .depth = "checksum", .detail = ""});
    }
};

const PointId kFirst = point_of("01a", "2026-11-18T02:00:00Z").id;

}  // namespace

TEST_CASE("a recovery point is read back as it was put", "[catalog][points]") {
    Fixture f;
    RecoveryPoint point = point_of("01a", "2026-11-18T02:00:00Z", {"local", "offsite"});
    point.kind = BackupKind::Incremental;
    point.keep_until = instant_of("2026-12-18T02:00:00.250Z");
    point.provenance.slot = instant_of("2026-11-18T02:00:00Z");
    point.provenance.policy_commit = "77aa";
    point.provenance.policy_dirty = true;
    point.provenance.why = "before accidental-deletion";
    point.provenance.key = "run/3";
    f.catalog->put_point(point);
    CHECK(f.catalog->point(point.id) == point);
    CHECK(f.catalog->point_by_key(point.database, "run/3") == point);
    CHECK_FALSE(f.catalog->point_by_key(point.database, ""));
    CHECK_FALSE(f.catalog->point_by_key(DatabaseName("items"), "run/3"));
}

TEST_CASE("points are listed newest first and by database", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z"));
    f.catalog->put_point(point_of("01c", "2026-11-20T02:00:00Z"));
    f.catalog->put_point(point_of("01b", "2026-11-19T02:00:00Z"));
    CHECK(f.ids() == std::vector<std::string>{"01c", "01b", "01a"});
    CHECK(f.catalog->points(DatabaseName("items")).empty());
    CHECK(f.catalog->points(DatabaseName("orders")).size() == 3);
}

TEST_CASE("a point goes with its last copy", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z"));
    f.catalog->add_copy(kFirst, StoreName("offsite"));
    f.catalog->remove_copy(kFirst, StoreName("local"));
    REQUIRE(f.catalog->point(kFirst));
    CHECK(f.catalog->point(kFirst)->copies == std::vector{StoreName("offsite")});
    f.catalog->remove_copy(kFirst, StoreName("offsite"));
    CHECK_FALSE(f.catalog->point(kFirst));
}

TEST_CASE("a point is as sound as its best copy", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z", {"local", "offsite"}));
    CHECK(f.catalog->point(kFirst)->soundness == Soundness::Unchecked);
    f.check(kFirst, "local", false);
    CHECK(f.catalog->point(kFirst)->soundness == Soundness::Unchecked);
    CHECK(f.catalog->soundness_in(kFirst, StoreName("local")) == Soundness::Damaged);
    f.check(kFirst, "offsite", true);
    CHECK(f.catalog->point(kFirst)->soundness == Soundness::Sound);
    f.check(kFirst, "offsite", false);
    CHECK(f.catalog->point(kFirst)->soundness == Soundness::Damaged);
    CHECK(f.catalog->verifications(kFirst).size() == 3);
    f.check(kFirst, "local", true);
    CHECK(f.catalog->point(kFirst)->soundness == Soundness::Sound);
}

TEST_CASE("what was found in a point that has gone meanwhile is not recorded", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z"));
    f.catalog->remove_copy(kFirst, StoreName("local"));
    f.check(kFirst, "local", true);
    CHECK(f.catalog->verifications(std::nullopt).empty());
}

TEST_CASE("a prefix that fits one point finds it", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01abc", "2026-11-18T02:00:00Z"));
    f.catalog->put_point(point_of("01abd", "2026-11-19T02:00:00Z"));
    CHECK(f.catalog->point_by_prefix("01abd").id.str().substr(0, 5) == "01abd");
    try {
        f.catalog->point_by_prefix("01ab");
        FAIL("two points fit");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Usage);
        CHECK_THAT(error.message, Catch::Contains("01abc") && Catch::Contains("01abd") && Catch::Contains("2 recovery points"));
    }
    for (const char* none : {"02", "%", "01_bc", ""}) {
        try {
            f.catalog->point_by_prefix(none);
            FAIL("nothing fits " << none);
        } catch (const Error& error) {
            CHECK(error.code == ErrorCode::Missing);
        }
    }
}

TEST_CASE("a pin with an end is a keep-until and a pin without stays", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z"));
    f.catalog->set_pinned(kFirst, true, std::nullopt);
    CHECK(f.catalog->point(kFirst)->pinned);
    f.catalog->set_pinned(kFirst, true, f.clock.now() + 1h);
    CHECK_FALSE(f.catalog->point(kFirst)->pinned);
    CHECK(f.catalog->point(kFirst)->keep_until == f.clock.now() + 1h);
    f.catalog->set_pinned(kFirst, false, std::nullopt);
    CHECK_FALSE(f.catalog->point(kFirst)->keep_until);
    CHECK_THROWS_AS(f.catalog->set_pinned(PointId("01zz"), true, std::nullopt), Error);
}

TEST_CASE("a pinned point does not begin to expire", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z"));
    f.catalog->set_pinned(kFirst, true, std::nullopt);
    CHECK_FALSE(f.catalog->begin_expiry(kFirst));
    f.catalog->set_pinned(kFirst, true, f.clock.now() + 1h);
    CHECK_FALSE(f.catalog->begin_expiry(kFirst));
    f.clock.advance(1h);
    CHECK(f.catalog->begin_expiry(kFirst));
    CHECK_FALSE(f.catalog->begin_expiry(kFirst));
}

TEST_CASE("a point that is being expired is no longer listed", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z"));
    REQUIRE(f.catalog->begin_expiry(kFirst));
    CHECK(f.ids().empty());
    CHECK_FALSE(f.catalog->point(kFirst));
    REQUIRE(f.catalog->expiring().size() == 1);
    f.catalog->remove_copy(kFirst, StoreName("local"));
    CHECK(f.catalog->expiring().empty());
}

TEST_CASE("what a store holds replaces what the catalog thought it held", "[catalog][points]") {
    Fixture f;
    f.catalog->put_point(point_of("01a", "2026-11-18T02:00:00Z", {"local", "offsite"}));
    f.catalog->put_point(point_of("01b", "2026-11-19T02:00:00Z", {"local"}));
    f.catalog->put_point(point_of("01c", "2026-11-19T03:00:00Z", {"local"}));
    const PointId third = point_of("01c", "2026-11-19T03:00:00Z").id;
    f.catalog->set_pinned(third, true, std::nullopt);
    f.check(third, "local", true);
    f.catalog->replace_points_of(StoreName("local"), DatabaseName("orders"),
                                 {point_of("01c", "2026-11-19T03:00:00Z", {}), point_of("01d", "2026-11-20T02:00:00Z", {})});
    CHECK(f.ids() == std::vector<std::string>{"01d", "01c", "01a"});
    CHECK(f.catalog->point(kFirst)->copies == std::vector{StoreName("offsite")});
    CHECK(f.catalog->point(third)->pinned);
    CHECK(f.catalog->point(third)->soundness == Soundness::Sound);
    CHECK(f.catalog->point(point_of("01d", "2026-11-20T02:00:00Z").id)->copies == std::vector{StoreName("local")});
}
