#include "engine/provider/query.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a page is named by its table, its index or its part", "[provider]") {
    CHECK(to_text(PageOwner{.table = "orders", .index = "", .part = ""}) == "orders");
    CHECK(to_text(PageOwner{.table = "orders", .index = "orders_by_day", .part = ""}) == "orders (index orders_by_day)");
    CHECK(to_text(PageOwner{.table = "", .index = "", .part = "free"}) == "free");
}
