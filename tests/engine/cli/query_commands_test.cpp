#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "a query answers as the database was", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    clock.advance(std::chrono::minutes(10));
    delete_sample_orders(database(), 10, 20);
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran now = run({"query", "orders", "select count(*) as left from orders"});
    INFO(now.err);
    CHECK(now.status == 0);
    CHECK(now.out == "left\n 189\n");
    CHECK(now.complains("orders, as it was at 2026-11-20 13:10:00 CET"));
    const Ran then = run({"query", "orders", "--at", "5m ago", "select count(*) as left from orders"});
    CHECK(then.out == "left\n 200\n");
    CHECK(then.complains("1 row in"));
    CHECK(then.complains("fetched"));
}

TEST_CASE_METHOD(CommandFixture, "a query in JSON is one document", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran ran = run({"query", "orders", "--format", "json", "--limit", "2", "select id, null as absent from orders order by id"});
    CHECK(ran.status == 0);
    CHECK(ran.says("\"kind\": \"query\""));
    CHECK(ran.says("\"columns\": [\"id\",\"absent\"]"));
    CHECK(ran.says("\"rows\": [\n    [1,null],\n    [2,null]\n  ],"));
    CHECK(ran.says("\"more_rows\": true"));
    const Ran broken = run({"query", "orders", "--format", "json", "select abs(-9223372036854775808)"});
    CHECK(broken.status == 64);
    CHECK(broken.says("\"rows\": [],\n  \"row_count\": 0"));
    CHECK(broken.says("\"complete\": false"));
    CHECK(broken.says("integer overflow"));
}

TEST_CASE_METHOD(CommandFixture, "a query that cannot be answered says why", "[cli]") {
    set_up();
    CHECK(run({"query", "orders", "select 1"}).status == 4);
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    CHECK(run({"query", "orders", "delete from orders"}).status == 77);
    CHECK(run({"query", "orders", "selec"}).status == 64);
    CHECK(run({"query", "orders"}).status == 64);
    CHECK(run({"query", "orders", "--limit", "0", "select 1"}).status == 64);
    CHECK(run({"query", "orders", "--time-limit", "soon", "select 1"}).status == 64);
    CHECK(run({"query", "orders", "--at", "2020-01-01", "--point", "a", "select 1"}).status == 64);
    const Ran missing = run({"query", "orders", "select * from absent"});
    CHECK(missing.status == 74);
    CHECK(missing.complains("orders: at that time there was no such table: absent"));
}
