#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("a migration is tried on a copy and leaves the live database alone", "[dsl][actions]") {
    ActionFixture fixture;
    const std::string before = sample_content(fixture.live());
    const auto tried = fixture.perform("migration.try", {{"point", fixture.newest_point()}, {"command", "cp {path} " + (fixture.folder / "seen").string()}}, 4);
    CHECK((sample_content(fixture.folder / "seen") == before));
    CHECK(tried.value.field("path").text_or("") != fixture.live().string());
    CHECK((sample_content(fixture.live()) == before));
    CHECK_THAT(tried.sentence, Contains("ended well on the copy"));
}

TEST_CASE("a migration that fails says what it said", "[dsl][actions]") {
    ActionFixture fixture;
    CHECK_THROWS_WITH(fixture.perform("migration.run", {{"of", fixture.orders()}, {"command", "ls /no/such/place"}}), Contains("ended with status"));
    CHECK_THROWS_WITH(fixture.perform("migration.run", {{"of", fixture.orders()}, {"command", "   "}}), Contains("is empty"));
}

TEST_CASE("a migration of the live database is in the audit chain", "[dsl][actions]") {
    ActionFixture fixture;
    CHECK_THAT(fixture.perform("migration.run", {{"of", fixture.orders()}, {"command", "true {path}"}}).audit, Contains("migrated orders: true"));
}
