#include "engine/cli/show_rows.hpp"

#include <catch2/catch.hpp>

#include <sstream>

#include "engine/base/text.hpp"

using namespace holdfast;

namespace {

std::string shown(const std::vector<std::string>& columns, const std::vector<SqlRow>& rows) {
    std::ostringstream out;
    const Style plain;
    RowsText text(out, plain, columns);
    for (const SqlRow& row : rows) text.add(row);
    text.finish();
    return out.str();
}

}  // namespace

TEST_CASE("columns line up, numbers to the right", "[cli]") {
    CHECK(shown({"id", "name", "cents"}, {{std::int64_t{9}, std::string("Zoë"), 1.0}, {std::int64_t{10}, std::string("Al"), std::monostate{}}}) ==
          "id  name  cents\n"
          " 9  Zoë     1.0\n"
          "10  Al     NULL\n");
}

TEST_CASE("a column without rows has its title", "[cli]") { CHECK(shown({"id"}, {}) == "id\n"); }

TEST_CASE("control characters do not reach the terminal", "[cli]") {
    CHECK(shown({"a"}, {{std::string("\x1b[2J")}}).find('\x1b') == std::string::npos);
}

TEST_CASE("rows beyond the first ones are written as they come", "[cli]") {
    std::ostringstream out;
    const Style plain;
    RowsText text(out, plain, {"n"});
    for (std::int64_t n = 0; n < 499; ++n) text.add({n});
    CHECK(out.str().empty());
    for (std::int64_t n = 499; n < 1000; ++n) text.add({n});
    CHECK(split(out.str(), '\n').size() == 1002);
    text.finish();
    CHECK(split(out.str(), '\n').size() == 1002);
}
