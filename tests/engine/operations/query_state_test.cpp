#include "engine/operations/query_state.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

struct TwoStates : WorkplaceFixture {
    TwoStates() {
        back_up();
        clock.advance(std::chrono::minutes(10));
        delete_sample_orders(database(), 11, 20);
        back_up();
    }
    std::int64_t count(std::optional<Instant> moment) {
        const auto before = moment ? std::optional(Before{.at = *moment, .transaction = {}}) : std::nullopt;
        StateQuery query(place(), {.database = kOrders, .point = {}, .before = before, .sql = "SELECT count(*) FROM orders", .rows_max = {}, .time_limit = {}},
                         progress, never);
        return std::get<std::int64_t>(query.next()->at(0));
    }
};

}  // namespace

TEST_CASE("the newest state is asked, or the one strictly before a moment", "[operations][query]") {
    TwoStates f;
    CHECK(f.count(std::nullopt) == 190);
    CHECK(f.count(f.clock.now()) == 200);
    CHECK(f.count(f.clock.now() + Duration(1)) == 190);
    CHECK(code_thrown_by([&] { f.count(f.clock.now() - std::chrono::hours(1)); }) == ErrorCode::CannotRecover);
}

TEST_CASE("more rows than were asked for are left out and told", "[operations][query]") {
    TwoStates f;
    StateQuery query(f.place(), {.database = kOrders, .point = {}, .before = {}, .sql = "SELECT id FROM orders ORDER BY id", .rows_max = 3, .time_limit = {}},
                     f.progress, f.never);
    while (query.next() != nullptr) {}
    CHECK(query.row_count() == 3);
    CHECK(query.has_more_rows());
}

TEST_CASE("a point of another database is refused", "[operations][query]") {
    TwoStates f;
    const auto id = f.place().catalog().points(kOrders).front().id.str();
    CHECK_FALSE(code_thrown_by([&] { StateQuery(f.place(), {.database = kOrders, .point = id, .before = {}, .sql = "SELECT 1", .rows_max = {}, .time_limit = {}}, f.progress, f.never); }));
    CHECK(code_thrown_by([&] { StateQuery(f.place(), {.database = DatabaseName("ordres"), .point = id, .before = {}, .sql = "SELECT 1", .rows_max = {}, .time_limit = {}}, f.progress, f.never); }) == ErrorCode::Usage);
}
