// What can be said without a standby; with a real one: tests/end_to_end/postgres_failover_test.cpp.
#include <catch2/catch.hpp>

#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("where the policy names no standby there is nothing to promote", "[dsl][actions]") {
    ActionFixture fixture;
    CHECK_THROWS_WITH(fixture.perform("standby.look", {{"of", fixture.orders()}}), Contains("the policy names no standby of orders"));
}

TEST_CASE("an engine without standbys says so", "[dsl][actions]") {
    ActionFixture fixture;
    fixture.spec().standby.connection = "host=db2";
    CHECK_THROWS_WITH(fixture.perform("standby.look", {{"of", fixture.orders()}}), Contains("sqlite has no standby that can be promoted"));
}

TEST_CASE("the old primary is fenced by the policy's command, which has to end well", "[dsl][actions]") {
    ActionFixture fixture;
    fixture.spec().standby.connection = "host=db2";
    CHECK_THROWS_WITH(fixture.perform("standby.fence", {{"of", fixture.orders()}}), Contains("does not say how the old primary of orders is kept from writing"));
    const fs::path mark = fixture.folder / "fenced";
    fixture.spec().standby.fence = {"touch", mark.string()};
    CHECK_THAT(fixture.perform("standby.fence", {{"of", fixture.orders()}}).audit, Contains("fenced the old primary of orders"));
    CHECK(fs::exists(mark));
    fixture.spec().standby.fence = {"false"};
    CHECK_THROWS_WITH(fixture.perform("standby.fence", {{"of", fixture.orders()}}), Contains("ended with status 1"));
}

TEST_CASE("a failover is not drilled: there is one standby, and it would be gone", "[dsl][actions]") {
    ActionFixture fixture;
    fixture.spec().standby.connection = "host=db2";
    fixture.spec().standby.fence = {"touch", (fixture.folder / "fenced").string()};
    fixture.place.is_drill = true;
    for (const char* effect : {"standby.look", "standby.fence"}) CHECK_THROWS_WITH(fixture.perform(effect, {{"of", fixture.orders()}}), Contains("a failover cannot be drilled"));
    CHECK_FALSE(fs::exists(fixture.folder / "fenced"));
}
