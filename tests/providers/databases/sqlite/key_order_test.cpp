#include "providers/databases/sqlite/key_order.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("keys compare as the database's own encoding does", "[sqlite][rows]") {
    TableShape table;
    table.columns = {"k"};
    table.key = {0};
    const SqlRow high{std::string("\xEF\xBF\xBD")};         // U+FFFD
    const SqlRow beyond{std::string("\xF0\x9F\x98\x80")};   // U+1F600: two units in UTF-16, the first of which is lower.
    CHECK((compare_in_key_order(table, high, beyond, "UTF-8") == std::strong_ordering::less));
    CHECK((compare_in_key_order(table, high, beyond, "UTF-16be") == std::strong_ordering::greater));
    CHECK((compare_in_key_order(table, high, high, "UTF-16le") == std::strong_ordering::equal));
    CHECK((compare_in_key_order(table, {std::int64_t{2}}, {std::int64_t{10}}, "UTF-16le") == std::strong_ordering::less));
}
