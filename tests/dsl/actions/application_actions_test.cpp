#include <catch2/catch.hpp>

#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("an application is stopped and started by the policy's commands", "[dsl][actions]") {
    ActionFixture fixture;
    const fs::path mark = fixture.folder / "stopped";
    fixture.spec().application.stop = {"touch", mark.string()};
    fixture.spec().application.start = {"rm", mark.string()};
    fixture.perform("application.stop", {{"of", fixture.orders()}});
    CHECK(fs::exists(mark));
    CHECK_THAT(fixture.perform("application.start", {{"of", fixture.orders()}}).audit, Contains("ran rm"));
    CHECK_FALSE(fs::exists(mark));
    CHECK_THROWS_WITH(fixture.perform("application.start", {{"of", fixture.orders()}}), Contains("ended with status 1"));
}

TEST_CASE("without a command in the policy there is nothing to run", "[dsl][actions]") {
    ActionFixture fixture;
    CHECK_THROWS_WITH(fixture.perform("application.stop", {{"of", fixture.orders()}}), Contains("does not say how to stop the application of orders"));
}
