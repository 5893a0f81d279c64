#include <catch2/catch.hpp>

#include "engine/recovery/restore.hpp"
#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("find.point takes the newest point strictly before a moment", "[dsl][actions]") {
    ActionFixture fixture;
    const RecoveryPoint second = fixture.back_up();
    const auto found = fixture.perform("find.point", {{"of", fixture.orders()}, {"before", instant_value(second.instant)}});
    CHECK(found.value.field("id").text_or("") != second.id.str());
    CHECK_THAT(found.sentence, Contains("full point") && Contains("before the moment given"));
    const auto newest = fixture.perform("find.point", {{"of", fixture.orders()}});
    CHECK(newest.value.field("id").text_or("") == second.id.str());
    CHECK_THROWS_AS(fixture.perform("find.point", {{"of", fixture.orders()}, {"before", instant_value(from_millis(0))}}), Error);
}

TEST_CASE("find.point keeps its point from expiring while the run may still need it", "[dsl][actions]") {
    ActionFixture fixture;
    const auto found = fixture.perform("find.point", {{"of", fixture.orders()}});
    const PointId id(found.value.field("id").text_or(""));
    REQUIRE(fixture.catalog->point(id)->keep_until);
    CHECK(*fixture.catalog->point(id)->keep_until > fixture.clock.now() + std::chrono::hours(24 * 13));
    CHECK_FALSE(fixture.catalog->begin_expiry(id));
}

TEST_CASE("find.point leaves a pin that lasts longer as it is", "[dsl][actions]") {
    ActionFixture fixture;
    const PointId id = fixture.back_up().id;
    fixture.catalog->set_pinned(id, true, std::nullopt);
    fixture.perform("find.point", {{"of", fixture.orders()}});
    CHECK(fixture.catalog->point(id)->pinned);
    CHECK_FALSE(fixture.catalog->point(id)->keep_until);
}

TEST_CASE("backup.now with the same key is taken once", "[dsl][actions]") {
    ActionFixture fixture;
    const ValueMap arguments{{"of", fixture.orders()}, {"keep", "30d"}, {"why", "before accidental-deletion"}};
    const auto first = fixture.perform("backup.now", arguments, 2);
    const auto again = fixture.perform("backup.now", arguments, 2, 2);
    CHECK(first.value.field("id").text_or("a") == again.value.field("id").text_or("b"));
    CHECK(fixture.catalog->points(DatabaseName("orders")).size() == 2);
    const auto point = fixture.catalog->point(PointId(first.value.field("id").text_or("")));
    REQUIRE(point);
    CHECK(point->keep_until);
    CHECK_THAT(point->provenance.why, Contains("before accidental-deletion"));
    fixture.perform("backup.now", arguments, 3);
    CHECK(fixture.catalog->points(DatabaseName("orders")).size() == 3);
}

TEST_CASE("catalog.rebuild finds the points of the stores again", "[dsl][actions]") {
    ActionFixture fixture;
    fixture.repositories.reset();
    fixture.catalog.reset();
    fs::remove(fixture.state() / "catalog.db");
    fs::remove(fixture.state() / "catalog.db-wal");
    fs::remove(fixture.state() / "catalog.db-shm");
    fixture.reopen();
    const Installation fresh = fixture.installation();
    const auto rebuilt = default_actions().of("catalog.rebuild").perform(
        {fresh, fixture.progress, {}, "key", "01run", fixture.run_folder, 1, 1}, {});
    CHECK(rebuilt.value.field("points").integer_or(0) == 1);
    CHECK(fixture.catalog->points(DatabaseName("orders")).size() == 1);
}

TEST_CASE("backup.raw keeps damaged files, and nothing restores from them by itself", "[dsl][actions]") {
    ActionFixture fixture;
    const Value before = fixture.newest_point();
    write_file_durably(fixture.live(), as_bytes("no database any more"));
    const auto kept = fixture.perform("backup.raw", {{"of", fixture.orders()}, {"keep", "90d"}, {"why", "evidence"}}, 3);
    CHECK(kept.value.field("kind").text_or("") == "raw");
    CHECK(fixture.perform("backup.raw", {{"of", fixture.orders()}}, 3, 2).value.field("id").text_or("") == kept.value.field("id").text_or(""));
    CHECK(fixture.newest_point().field("id").text_or("") == before.field("id").text_or(""));
    CHECK_NOTHROW(fixture.perform("restore.newest_sound", {{"of", fixture.orders()}}, 4));
    const RecoveryPoint point = point_of(fixture.place, kept.value);
    CHECK(point.keep_until.has_value());
    const fs::path to = fixture.folder / "evidence.db";
    restore_point(fixture.place, {.point = point, .to = to.string(), .delta = false, .store = std::nullopt, .over_live = false}, fixture.progress, {});
    CHECK(read_text_file(to, 100) == "no database any more");
}

TEST_CASE("backup.now of a copy that became the database begins a new chain from it", "[dsl][actions]") {
    ActionFixture fixture;
    const Value copy = fixture.copy_of(fixture.newest_point());
    fs::remove(fixture.live());
    const auto taken = fixture.perform("backup.now", {{"of", copy}, {"kind", "full"}}, 5);
    CHECK(taken.value.field("kind").text_or("") == "full");
    CHECK(taken.value.field("database").text_or("") == "orders");
}
