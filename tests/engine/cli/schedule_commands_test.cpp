#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "the next runs are told in the policy's zone and in UTC", "[cli]") {
    set_up();
    const Ran ran = run({"schedule", "next", "-n", "2"});
    CHECK(ran.status == 0);
    CHECK(ran.out ==
          "WHEN                     UTC                           IN  DATABASE  KIND\n"
          "2026-11-21 02:00:00 CET  2026-11-21T01:00:00Z        13 h  orders    incremental\n"
          "2026-11-22 02:00:00 CET  2026-11-22T01:00:00Z  1 day 13 h  orders    full\n");
    CHECK(run({"schedule", "next", "order"}).complains("Did you mean orders?"));
    CHECK(run({"schedule", "next", "-n", "0"}).status == 64);
    CHECK(run({"schedule", "next", "--format", "json"}).says("\"kind\": \"slots\""));
}

TEST_CASE_METHOD(CommandFixture, "a cron line is explained without a policy", "[cli]") {
    const Ran ran = run({"schedule", "explain", "30 2 * * Sun", "--zone", "Europe/Berlin"});
    CHECK(ran.status == 0);
    CHECK(ran.says("02:30"));
    CHECK(ran.says("2026-11-22 02:30:00 CET  2026-11-22T01:30:00Z"));
    CHECK(ran.says("warning:"));
    CHECK(run({"schedule", "explain", "61 * * * *"}).status == 64);
    CHECK(run({"schedule", "explain", "0 2 * * *", "--zone", "Mars/Olympus"}).status != 0);
}
