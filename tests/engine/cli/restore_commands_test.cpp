#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "a restore gives back what was there before", "[cli]") {
    set_up();
    const std::string before = sample_content(database());
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    clock.advance(std::chrono::minutes(10));
    delete_sample_orders(database(), 10, 20);
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran ran = run({"restore", "orders", "--before", "5m ago", "--to", "copy.db"});
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.says("restored to "));
    CHECK(ran.complains("5m ago is understood as 2026-11-20 13:05:00 CET (2026-11-20T12:05:00Z)"));
    CHECK(sample_content(folder / "copy.db") == before);
}

TEST_CASE_METHOD(CommandFixture, "a restore over something asks first", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const std::string before = sample_content(database());
    REQUIRE(run({"restore", "orders", "--to", "copy.db"}).status == 0);
    delete_sample_orders(folder / "copy.db", 10, 20);
    CHECK(run({"restore", "orders", "--to", "copy.db"}).status == 74);
    const Ran refused = run({"restore", "orders", "--to", "copy.db", "--delta"});
    CHECK(refused.status == 77);
    CHECK(refused.complains("would be written over "));
    somebody_there = true;
    answers = {"y"};
    CHECK(run({"restore", "orders", "--to", "copy.db", "--delta"}).status == 0);
    CHECK(sample_content(folder / "copy.db") == before);
}

TEST_CASE_METHOD(CommandFixture, "a restore never writes over a live database", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran refused = run({"restore", "orders", "--to", "orders.db", "--delta", "--yes"});
    CHECK(refused.status == 77);
    CHECK(refused.complains("is the live database orders"));
}

TEST_CASE_METHOD(CommandFixture, "a restore that cannot be done says why", "[cli]") {
    set_up();
    CHECK(run({"restore", "orders", "--to", "copy.db"}).status == 4);
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    CHECK(run({"restore", "orders"}).status == 64);
    CHECK(run({"restore", "orders", "--before", "2020-01-01", "--to", "copy.db"}).status == 4);
    CHECK(run({"restore", "orders", "--before", "2020-01-01", "--point", "a", "--to", "copy.db"}).status == 64);
    CHECK_FALSE(std::filesystem::exists(folder / "copy.db"));
}
