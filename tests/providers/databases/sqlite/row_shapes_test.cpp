#include "providers/databases/sqlite/row_shapes.hpp"

#include <catch2/catch.hpp>

#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

using Names = std::vector<std::string>;

TableShape only_shape(const std::string& sql) {
    Connection memory = Connection::in_memory();
    memory.execute(sql);
    const std::vector<TableShape> shapes = table_shapes(memory);
    REQUIRE(shapes.size() == 1);
    return shapes.front();
}

}  // namespace

TEST_CASE("the sample shop has six tables with their keys", "[sqlite][rows]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    Connection connection = Connection::open(folder / "shop.db", OpenMode::ReadOnly);
    Names names;
    for (const TableShape& shape : table_shapes(connection)) {
        names.push_back(shape.name);
        if (shape.name == "items") {
            CHECK(shape.key == std::vector<std::size_t>{0, 1});
            CHECK(shape.depends_on == Names{"orders", "products"});
            CHECK(shape.create_also.size() == 1);
        }
        if (shape.name == "orders") {
            CHECK(shape.columns == Names{"id", "customer", "placed_at", "cents"});
            CHECK(shape.create_also.size() == 4);   // The highest number, one index, two triggers.
        }
        if (shape.name == "search") CHECK(shape.columns == Names{"rowid", "name", "notes"});
        CHECK((shape.key_kind == RowKey::RowId) == (shape.name == "audit_log" || shape.name == "search"));
    }
    CHECK(names == Names{"audit_log", "customers", "items", "orders", "products", "search"});
}

TEST_CASE("key columns come in the order of the key", "[sqlite][rows]") {
    CHECK(only_shape("CREATE TABLE t(a, b NOT NULL, c NOT NULL, PRIMARY KEY(c, b))").key == std::vector<std::size_t>{2, 1});
}

TEST_CASE("a table whose columns hide the rowid uses another name for it", "[sqlite][rows]") {
    CHECK(only_shape("CREATE TABLE t(rowid, x)").columns == Names{"_rowid_", "rowid", "x"});
    CHECK_FALSE(only_shape("CREATE TABLE t(rowid, _rowid_, oid)").not_covered.empty());
}

TEST_CASE("a key with a NULL in it is no key", "[sqlite][rows]") {
    CHECK(only_shape("CREATE TABLE t(k TEXT PRIMARY KEY, n)").key_kind == RowKey::Primary);
    CHECK(only_shape("CREATE TABLE t(k TEXT PRIMARY KEY, n); INSERT INTO t VALUES (NULL, 1)").key_kind == RowKey::RowId);
}

TEST_CASE("full-text indexes of other tables are found with their content", "[sqlite][rows]") {
    Connection memory = Connection::in_memory();
    memory.execute("CREATE TABLE posts(id INTEGER PRIMARY KEY, body); CREATE VIRTUAL TABLE f USING fts5(body, content='posts', content_rowid='id');"
                   "CREATE VIRTUAL TABLE own USING fts5(body); CREATE VIRTUAL TABLE bare USING fts5(body, content='')");
    const std::vector<ExternalIndex> indexes = external_indexes(memory);
    REQUIRE(indexes.size() == 1);
    CHECK(indexes[0].name == "f");
    CHECK(indexes[0].content == "posts");
}
