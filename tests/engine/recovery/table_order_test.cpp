#include "engine/recovery/table_order.hpp"

#include <catch2/catch.hpp>

#include "engine/base/text.hpp"

using namespace holdfast;

namespace {

TableShape table_with(std::string name, std::vector<std::string> parents) {
    TableShape shape;
    shape.name = std::move(name);
    shape.depends_on = std::move(parents);
    return shape;
}

std::string order_of(std::vector<TableShape> tables) {
    std::vector<std::string> names;
    for (const TableShape& table : parents_first(std::move(tables))) names.push_back(table.name);
    return join(names, " ");
}

}  // namespace

TEST_CASE("tables come after those that they refer to", "[recovery]") {
    CHECK(order_of({table_with("customers", {}), table_with("items", {"orders", "products"}), table_with("orders", {"customers"}),
                    table_with("products", {})}) == "customers orders products items");
}

TEST_CASE("a cycle of references still gives every table once", "[recovery]") {
    CHECK(order_of({table_with("a", {"b"}), table_with("b", {"c", "gone"}), table_with("c", {"a"})}) == "c b a");
}
