#include "engine/provider/query.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("pages are counted by table, most first", "[provider]") {
    const PageOwner orders{.table = "orders", .index = "", .part = ""}, by_day{.table = "orders", .index = "by_day", .part = ""},
        free{.table = "", .index = "", .part = "free"}, items{.table = "items", .index = "", .part = ""};
    CHECK(count_by_table(std::vector{items, orders, free, by_day, orders}) ==
          std::vector<PageCount>{{"orders", 3}, {"free", 1}, {"items", 1}});
    CHECK(count_by_table({}).empty());
}

TEST_CASE("a page is named by its table, its index or its part", "[provider]") {
    CHECK(to_text(PageOwner{.table = "orders", .index = "", .part = ""}) == "orders");
    CHECK(to_text(PageOwner{.table = "orders", .index = "orders_by_day", .part = ""}) == "orders (index orders_by_day)");
    CHECK(to_text(PageOwner{.table = "", .index = "", .part = "free"}) == "free");
}
