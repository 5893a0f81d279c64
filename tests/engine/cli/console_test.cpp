#include "engine/cli/console.hpp"

#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "the policy folder is the nearest above, the one given, or the variable's", "[cli]") {
    set_up();
    CHECK(run({"policy", "check"}).status == 0);
    CHECK(run({"policy", "check", "--policies", "nowhere"}).status == 74);
    CHECK(run({"plan", "--policies", "policies"}).status == 0);
    variables["HOLDFAST_POLICIES"] = "elsewhere";
    CHECK(run({"plan"}).complains("there is no policy folder "));
    CHECK(run({"plan", "--policies", "policies"}).status == 0);
    variables["HOLDFAST_POLICIES"] = (folder / "policies").string();
    CHECK(run({"plan"}).status == 0);
}

TEST_CASE_METHOD(CommandFixture, "an instant that is no instant is refused", "[cli]") {
    set_up();
    const Ran ran = run({"plan", "--as-of", "the day before"});
    CHECK(ran.status == 64);
}

TEST_CASE_METHOD(CommandFixture, "an ambiguous instant is refused with both readings", "[cli]") {
    set_up();
    const Ran ran = run({"plan", "--as-of", "2026-10-25 02:30"});
    CHECK(ran.status == 64);
    CHECK((ran.err.find("2026-10-25T00:30:00Z") != std::string::npos || ran.err.find("+02:00") != std::string::npos));
}

TEST_CASE_METHOD(CommandFixture, "an instant in UTC needs no echo", "[cli]") {
    set_up();
    CHECK_FALSE(run({"plan", "--as-of", "2026-11-20T12:00:00Z"}).complains("understood"));
    CHECK(run({"plan", "--as-of", "2026-11-20 12:00"}).complains("2026-11-20 12:00 is understood as 2026-11-20 12:00:00 CET (2026-11-20T11:00:00Z)"));
    CHECK_FALSE(run({"plan", "--as-of", "2026-11-20 12:00", "-q"}).complains("understood"));
}
