#include "engine/recovery/shape_match.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

TableShape shape_of(std::vector<std::string> columns, std::vector<std::size_t> key, RowKey kind = RowKey::Primary) {
    TableShape shape;
    shape.name = "orders";
    shape.columns = std::move(columns);
    shape.key = std::move(key);
    shape.key_kind = kind;
    return shape;
}

}  // namespace

TEST_CASE("the same shape is compared on all columns", "[recovery]") {
    const ShapeMatch match = match_shapes(shape_of({"id", "a"}, {0}), shape_of({"id", "a"}, {0}));
    CHECK(match.not_covered.empty());
    CHECK(match.note.empty());
    CHECK(match.shape.columns == std::vector<std::string>{"id", "a"});
}

TEST_CASE("a column that was added since is left out and named", "[recovery]") {
    const ShapeMatch match = match_shapes(shape_of({"id", "a"}, {0}), shape_of({"id", "new", "a"}, {0}));
    CHECK(match.not_covered.empty());
    CHECK(match.note == "not compared, as it is new: column new");
    CHECK(match.shape.columns == std::vector<std::string>{"id", "a"});
}

TEST_CASE("a lost column or another key is said to be not covered", "[recovery]") {
    CHECK(match_shapes(shape_of({"id", "a"}, {0}), shape_of({"id"}, {0})).not_covered == "it has lost the column a since");
    CHECK(match_shapes(shape_of({"id", "a"}, {0}), shape_of({"id", "a"}, {1})).not_covered == "its key is another one now");
}

TEST_CASE("row numbers are used where only one side has a usable key", "[recovery]") {
    const ShapeMatch match = match_shapes(shape_of({"id", "a"}, {0}), shape_of({"rowid", "id", "a"}, {0}, RowKey::RowId));
    CHECK(match.not_covered.empty());
    CHECK(match.shape.key_kind == RowKey::RowId);
    CHECK(match.shape.columns.front() == "rowid");
    CHECK_THAT(match.note, Catch::Contains("row number"));
}
