#include <catch2/catch.hpp>

#include "engine/recovery/restore.hpp"
#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("restore.beside restores into the run's own folder and can be done again", "[dsl][actions]") {
    ActionFixture fixture;
    const Value point = fixture.newest_point();
    const auto copy = fixture.perform("restore.beside", {{"point", point}}, 3);
    const fs::path path = copy.value.field("path").text_or("");
    CHECK(path.parent_path() == copy_folder(fixture.place, "01run"));
    CHECK((sample_content(path) == sample_content(fixture.live())));
    CHECK_THAT(copy.sentence, Contains("restored to"));
    CHECK_FALSE(copy.audit.empty());
    // As after a crash: the same step once more, on what it left.
    const auto again = fixture.perform("restore.beside", {{"point", point}}, 3, 2);
    CHECK(again.value.field("path").text_or("") == path.string());
    CHECK((sample_content(path) == sample_content(fixture.live())));
}

TEST_CASE("drop.copy removes a copy and is content where it is gone", "[dsl][actions]") {
    ActionFixture fixture;
    const Value copy = fixture.copy_of(fixture.newest_point());
    fixture.perform("drop.copy", {{"copy", copy}});
    CHECK_FALSE(fs::exists(copy.field("path").text_or("")));
    CHECK_FALSE(fs::exists(fixture.state() / "copies" / "01run"));
    CHECK_NOTHROW(fixture.perform("drop.copy", {{"copy", copy}}));
}

TEST_CASE("restore.newest_sound walks back to a point that proves sound", "[dsl][actions]") {
    ActionFixture fixture;
    const auto copy = fixture.perform("restore.newest_sound", {{"of", fixture.orders()}});
    CHECK((sample_content(copy.value.field("path").text_or("")) == sample_content(fixture.live())));
    CHECK_THROWS_WITH(fixture.perform("restore.newest_sound", {{"of", fixture.orders()}, {"before", instant_value(from_millis(0))}}),
                      Contains("no point of orders proved sound"));
}

TEST_CASE("restore.to refuses what stands there and completes what it began itself", "[dsl][actions]") {
    ActionFixture fixture;
    const Value point = fixture.newest_point();
    const fs::path to = fixture.folder / "elsewhere.db";
    write_file_durably(to, as_bytes("somebody's"));
    CHECK_THROWS_WITH(fixture.perform("restore.to", {{"point", point}, {"location", to.string()}}, 4), Contains("is there already"));
    CHECK(read_text_file(to, 100) == "somebody's");
    fs::remove(to);
    fixture.perform("restore.to", {{"point", point}, {"location", to.string()}}, 4);
    CHECK((sample_content(to) == sample_content(fixture.live())));
    CHECK_NOTHROW(fixture.perform("restore.to", {{"point", point}, {"location", to.string()}}, 4, 2));
    CHECK_THROWS_AS(fixture.perform("restore.to", {{"point", point}, {"location", to.string()}}, 5), Error);
}
