#include <catch2/catch.hpp>

#include "engine/cli/show_drills.hpp"
#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "a drill says what it brought back and what was checked", "[cli][drill]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran ran = run({"drill", "total-failure", "--database", "orders"});
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.says("passed drill of orders with total-failure"));
    CHECK(ran.says("ok integrity: "));
    CHECK(ran.says("ok row-counts: 5 tables as recorded"));
    CHECK(run({"drill", "history"}).says("total-failure"));
    CHECK(run({"drill", "history", "--format", "json"}).says("\"passed\": true"));
    CHECK(run({"comply", "check", "--database", "orders"}).out.find("RTO-MEASURED") == std::string::npos);
    CHECK(run({"drill", "total-failure"}).status == 64);
    const Ran failed = run({"drill", "total-failure", "--database", "orders", "--to", "/outside.db"});
    CHECK(failed.status == 1);
    CHECK(failed.says("FAILED drill of orders"));
    CHECK(failed.says("The scratch copy is kept for 7 days in "));
}
