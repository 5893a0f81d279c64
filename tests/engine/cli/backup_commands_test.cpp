#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "a backup by hand tells the point and its sizes", "[cli]") {
    set_up();
    const Ran ran = run({"backup", "now", "orders"});
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.says("done: point "));
    CHECK(ran.says(" of orders, as it was at 2026-11-20 13:00:00 CET"));
}

TEST_CASE_METHOD(CommandFixture, "a backup with the wrong key is not permitted", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    ::setenv("HOLDFAST_TEST_KEY", "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1);
    CHECK(run({"backup", "now", "orders"}).status == 77);
    ::unsetenv("HOLDFAST_TEST_KEY");
    CHECK(run({"backup", "now", "orders"}).status == 77);
}

TEST_CASE_METHOD(CommandFixture, "a database that is not there is unavailable", "[cli]") {
    set_up();
    std::filesystem::remove(database());
    std::filesystem::remove(database().string() + "-wal");
    CHECK(run({"backup", "now", "orders"}).status == 69);
    const Ran json = run({"backup", "now", "orders", "--format", "json"});
    CHECK(json.says("\"kind\": \"error\""));
}
