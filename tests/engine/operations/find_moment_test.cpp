#include "engine/operations/find_moment.hpp"

#include <catch2/catch.hpp>

#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "what was found comes with the command to type next", "[operations][find]") {
    back_up();
    clock.advance(std::chrono::minutes(10));
    delete_sample_orders(database(), 11, 20);
    back_up();
    const auto look = [&](const std::string& sql) {
        return find_moment(place(), {.database = kOrders, .sql = sql, .since = {}, .until = {}}, [](const StateAnswer&) {}, progress, never);
    };
    const MomentFound found = look("SELECT count(*) FROM orders WHERE id = 15");
    CHECK(found.exit_status() == 0);
    CHECK(found.next == "runbook run accidental-deletion --database orders --before 2026-11-20T12:10:00Z");
    CHECK(look("SELECT 1").exit_status() == 0);
    CHECK(look("SELECT 1").next.empty());
    CHECK(look("SELECT 0").exit_status() == 4);
}
