#include "engine/sqlite/row_counts.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("the rows of every table of its own are counted", "[sqlite][rows]") {
    Connection database = Connection::in_memory();
    database.execute("CREATE TABLE a (n); INSERT INTO a VALUES (1), (2); CREATE TABLE \"odd name=%\" (k PRIMARY KEY) WITHOUT ROWID; INSERT INTO \"odd name=%\" VALUES (1);"
                     "CREATE VIRTUAL TABLE seen USING fts5 (text); CREATE VIEW v AS SELECT * FROM a; CREATE TABLE empty (n)");
    const auto counts = count_rows(database);
    REQUIRE(counts);
    CHECK(counts->at("a") == 2);
    CHECK(counts->at("empty") == 0);
    CHECK(counts->at("odd name=%") == 1);
    CHECK_FALSE(counts->contains("seen"));
    CHECK_FALSE(counts->contains("v"));
    CHECK(parse_row_counts(to_text(*counts)) == *counts);
}

TEST_CASE("row counts are text that can be read again, and other text is refused", "[sqlite][rows]") {
    CHECK(to_text(RowCounts{{"items", 40}, {"order lines", 200}}) == "items=40 order%20lines=200");
    CHECK(parse_row_counts("").empty());
    for (const char* wrong : {"items", "items=", "items=4x", "a%2=3", "a%zz=3", "items=-1"}) CHECK(code_thrown_by([&] { parse_row_counts(wrong); }) == ErrorCode::Corrupt);
}
