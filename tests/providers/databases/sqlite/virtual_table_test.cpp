#include "providers/databases/sqlite/virtual_table.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("the module of a virtual table is read whatever its name", "[sqlite][rows]") {
    CHECK(virtual_table_of("CREATE VIRTUAL TABLE t USING FTS5(a, b)").module == "fts5");
    CHECK(virtual_table_of("create virtual table \"a using b\" using\n fts4 (x)").module == "fts4");
    CHECK(virtual_table_of("CREATE VIRTUAL TABLE IF NOT EXISTS [using] USING rtree(id, x0, x1)").module == "rtree");
    CHECK(virtual_table_of("CREATE VIRTUAL TABLE t USING dbstat").module == "dbstat");
    CHECK(virtual_table_of("").module.empty());
}

TEST_CASE("full-text options that keep rows elsewhere are seen", "[sqlite][rows]") {
    CHECK(virtual_table_of("CREATE VIRTUAL TABLE t USING fts5(a, content='')").content == "");
    CHECK(virtual_table_of("CREATE VIRTUAL TABLE t USING fts5(a, content = \"my table\", content_rowid='id')").content == "my table");
    CHECK(virtual_table_of("CREATE VIRTUAL TABLE t USING fts5(a, Content=posts)").content == "posts");
    CHECK_FALSE(virtual_table_of("CREATE VIRTUAL TABLE t USING fts5(content, tokenize = 'porter content=x')").content.has_value());
    CHECK(virtual_table_of("CREATE VIRTUAL TABLE t USING fts4(a, languageid=\"lang\")").has_language);
    CHECK(virtual_table_of("CREATE VIRTUAL TABLE t USING fts4(a, compress=zip, uncompress=unzip)").has_compression);
}

TEST_CASE("what is not covered says why", "[sqlite][rows]") {
    CHECK(why_not_covered({.module = "fts5", .content = {}}).empty());
    CHECK(why_not_covered({.module = "rtree", .content = {}}) == "virtual table of rtree");
    CHECK_FALSE(why_not_covered({.module = "fts5", .content = ""}).empty());
}
