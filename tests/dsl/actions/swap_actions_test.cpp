#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("restore.swap puts a copy in place, swap_back takes it out again", "[dsl][actions]") {
    ActionFixture fixture;
    const std::string then = sample_content(fixture.live());
    const Value copy = fixture.copy_of(fixture.newest_point());
    delete_sample_orders(fixture.live(), 1, 50);
    const std::string now = sample_content(fixture.live());
    const ValueMap into{{"from", copy}, {"into", fixture.orders()}};
    const auto swapped = fixture.perform("restore.swap", into, 7);
    CHECK((sample_content(fixture.live()) == then));
    CHECK_THAT(swapped.sentence, Contains("the old files are kept as"));
    CHECK_FALSE(swapped.audit.empty());
    CHECK(fixture.probe("restore.swap", into, 7).happened == true);
    fixture.perform("restore.swap_back", {{"into", fixture.orders()}}, 7);
    CHECK((sample_content(fixture.live()) == now));
    CHECK(fixture.probe("restore.swap", into, 7).happened == false);
    CHECK_NOTHROW(fixture.perform("restore.swap_back", {{"into", fixture.orders()}}, 7));
}

TEST_CASE("swap_back of a run that has replaced nothing says so", "[dsl][actions]") {
    ActionFixture fixture;
    CHECK_THROWS_WITH(fixture.perform("restore.swap_back", {{"into", fixture.orders()}}, 3), Contains("has replaced nothing"));
}

TEST_CASE("restore.replace goes back to a point, once, whatever happened in between", "[dsl][actions]") {
    ActionFixture fixture;
    const std::string then = sample_content(fixture.live());
    const Value point = fixture.newest_point();
    Connection::open(fixture.live(), OpenMode::ReadWrite).execute("ALTER TABLE orders ADD COLUMN paid INTEGER");
    const ValueMap back{{"point", point}, {"into", fixture.orders()}};
    fixture.perform("restore.replace", back, 9);
    CHECK((sample_content(fixture.live()) == then));
    Connection::open(fixture.live(), OpenMode::ReadWrite).execute("UPDATE customers SET name = 'later'");
    const std::string later = sample_content(fixture.live());
    fixture.perform("restore.replace", back, 9, 2);
    CHECK((sample_content(fixture.live()) == later));
}

TEST_CASE("a copy of another database is not swapped in", "[dsl][actions]") {
    ActionFixture fixture;
    fixture.add_database("other");
    const Value copy = fixture.copy_of(fixture.newest_point());
    CHECK_THROWS_WITH(fixture.perform("restore.swap", {{"from", copy}, {"into", "other"}}), Contains("cannot take the place of"));
}
