#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "the doctor finds nothing where all is well", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran ran = run({"doctor"});
    INFO(ran.out);
    CHECK(ran.status == 0);
    CHECK(ran.says("ok      policy: "));
    CHECK(ran.says("ok      database orders: SQLite"));
    CHECK(ran.says("ok      writing to store local: "));
    CHECK(run({"doctor", "--format", "json"}).says("\"kind\": \"doctor\""));
}

TEST_CASE_METHOD(CommandFixture, "the doctor names everything that is missing and what to do", "[cli]") {
    set_up();
    ::unsetenv("HOLDFAST_TEST_KEY");
    std::filesystem::remove(database());
    std::filesystem::remove(database().string() + "-wal");
    const Ran ran = run({"doctor"});
    CHECK(ran.status == 1);
    CHECK(ran.says("not ok  key: "));
    CHECK(ran.says("not ok  database orders: "));
    CHECK(ran.says("2 things to put right."));
}

TEST_CASE_METHOD(CommandFixture, "the doctor sees a broken policy and a clock that was moved back", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    clock.set(clock.now() - std::chrono::hours(24));
    CHECK(run({"doctor"}).says("not ok  clock: "));
    set_up("nonsense: 1\n");
    CHECK(run({"doctor"}).says("not ok  policy: the policy has 1 error"));
}
