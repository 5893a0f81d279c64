#include <catch2/catch.hpp>

#include "engine/cli/show_moment.hpp"
#include "tests/support/command_fixture.hpp"

using namespace holdfast;

namespace {

struct LostOrders : CommandFixture {
    LostOrders() {
        set_up();
        REQUIRE(run({"backup", "now", "orders"}).status == 0);
        for (int backup = 0; backup < 4; ++backup) {
            clock.advance(std::chrono::minutes(10));
            if (backup == 2) delete_sample_orders(database(), 10, 20);
            add_sample_orders(database(), 1);
            REQUIRE(run({"backup", "now", "orders"}).status == 0);
        }
    }
};

}  // namespace

TEST_CASE_METHOD(LostOrders, "the moment of a loss is found, and the command that it leads to brings the rows back", "[cli]") {
    const Ran ran = run({"find", "orders", "--last-good", "select count(*) from orders where id = 15"});
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.says("yes  1\n"));
    CHECK(ran.says("no   0\n"));
    CHECK(ran.says("true, for the last time, at 2026-11-20 13:20:00 CET"));
    CHECK(ran.says("not true any more at 2026-11-20 13:30:00 CET"));
    CHECK(ran.says("Use --before 2026-11-20T12:30:00Z\n"));
    CHECK(ran.says("Next: runbook run accidental-deletion --database orders --before 2026-11-20T12:30:00Z\n"));
    const Ran then = run({"query", "orders", "--at", "2026-11-20T12:30:00Z", "--quiet", "select count(*) as n from orders where id = 15"});
    CHECK(then.out == "n\n1\n");
}

TEST_CASE_METHOD(LostOrders, "true nowhere is exit status 4, true at the newest is 0", "[cli]") {
    const Ran nowhere = run({"find", "orders", "--last-good", "select count(*) from orders where id = 99999"});
    CHECK(nowhere.status == 4);
    CHECK(nowhere.says("true nowhere: not at any of 5 states of orders that were asked.\n"));
    const Ran still = run({"find", "orders", "--last-good", "select count(*) from orders"});
    CHECK(still.status == 0);
    CHECK(still.says("still true at 2026-11-20 13:40:00 CET"));
    CHECK(still.says("It is true at the oldest state too."));
}

TEST_CASE_METHOD(LostOrders, "what was found as JSON has every answer", "[cli]") {
    const Ran ran = run({"find", "orders", "--format", "json", "--last-good", "select count(*) from orders where id = 15"});
    CHECK(ran.says("\"kind\": \"last-good\""));
    CHECK(ran.says("\"outcome\": \"found\""));
    CHECK(ran.says("\"before\": \"2026-11-20T12:30:00Z\""));
    CHECK(ran.says("\"said\": \"1\""));
}

TEST_CASE_METHOD(LostOrders, "what cannot be looked for is refused", "[cli]") {
    CHECK(run({"find", "orders"}).status == 64);
    CHECK(run({"find", "orders", "--last-good", "selec"}).status == 64);
    CHECK(run({"find", "orders", "--last-good", "select 1", "--since", "2027-01-01"}).status == 4);
}
