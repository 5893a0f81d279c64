#include "providers/databases/sqlite/row_reader.hpp"
#include "providers/databases/sqlite/row_writer.hpp"
#include "providers/databases/sqlite/broken_references.hpp"

#include <catch2/catch.hpp>

#include "tests/support/other_process.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

template <typename Rows>
TableShape shape_named(Rows& rows, const std::string& name) {
    for (TableShape& shape : rows.tables()) {
        if (shape.name == name) return shape;
    }
    throw Error(ErrorCode::Missing, "no table " + name);
}

std::uint64_t count_rows(RowReader& reader, const TableShape& shape) {
    const auto cursor = reader.rows(shape);
    std::uint64_t count = 0;
    SqlRow last;
    while (const SqlRow* row = cursor->next()) {
        if (count++ > 0) REQUIRE(reader.compare_keys(shape, last, *row) == std::strong_ordering::less);
        last = *row;
    }
    CHECK(cursor->next() == nullptr);
    return count;
}

}  // namespace

TEST_CASE("every table is read in key order", "[sqlite][rows]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    const auto reader = make_row_reader(folder / "shop.db");
    for (const TableShape& shape : reader->tables()) CHECK(count_rows(*reader, shape) > 0);
}

TEST_CASE("a reader stays at its snapshot while another process commits", "[sqlite][rows]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    make_sample_database(path);
    OtherProcess process([&](unsigned) { add_sample_orders(path, 1); });
    process.wait_for_rounds(1);
    const auto reader = make_row_reader(path);
    const TableShape orders = shape_named(*reader, "orders");
    const auto count = count_rows(*reader, orders);
    process.wait_for_rounds(3);
    CHECK(count_rows(*reader, orders) == count);
    CHECK(process.stop());
    CHECK(count_rows(*make_row_reader(path), orders) > count);
}

TEST_CASE("a writer that is not committed has done nothing", "[sqlite][rows]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    const std::string before = sample_content(folder / "shop.db");
    {
        const auto writer = make_row_writer(folder / "shop.db");
        const TableShape products = shape_named(*writer, "products");
        writer->insert(products, {std::string("new"), std::string("a thing"), 1.5});
        writer->remove(products, {std::string("wood-002"), std::monostate{}, std::monostate{}});
        CHECK(writer->find(products, {std::string("new"), std::monostate{}, std::monostate{}}).has_value());
        CHECK_FALSE(writer->broken_references().empty());
    }
    CHECK(sample_content(folder / "shop.db") == before);
}

TEST_CASE("values keep their storage class on the way back", "[sqlite][rows]") {
    const TemporaryFolder folder;
    Connection::open(folder / "a.db", OpenMode::Create).execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    const SqlRow values = {std::monostate{}, std::int64_t{1}, 1.0, std::string("1"), Bytes{std::byte{'1'}}, std::string(), Bytes{}};
    {
        const auto writer = make_row_writer(folder / "a.db");
        const TableShape shape = shape_named(*writer, "t");
        std::int64_t id = 0;
        for (const SqlValue& value : values) writer->insert(shape, {++id, value});
        writer->commit();
    }
    const auto reader = make_row_reader(folder / "a.db");
    const auto cursor = reader->rows(shape_named(*reader, "t"));
    for (const SqlValue& value : values) CHECK((*cursor->next())[1] == value);
}

TEST_CASE("a table that replaces rows on conflict does not replace them here", "[sqlite][rows]") {
    const TemporaryFolder folder;
    Connection::open(folder / "a.db", OpenMode::Create)
        .execute("CREATE TABLE t(id INTEGER PRIMARY KEY ON CONFLICT REPLACE, v); INSERT INTO t VALUES (1, 'live')");
    const auto writer = make_row_writer(folder / "a.db");
    CHECK(code_thrown_by([&] { writer->insert(shape_named(*writer, "t"), {std::int64_t{1}, std::string("old")}); }) == ErrorCode::AlreadyExists);
}

TEST_CASE("a second writer is told that the database is busy", "[sqlite][rows]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    const auto writer = make_row_writer(folder / "shop.db");
    Connection other = Connection::open(folder / "shop.db", OpenMode::ReadWrite, Duration(1));
    CHECK(code_thrown_by([&] { other.execute("BEGIN IMMEDIATE"); }) == ErrorCode::Busy);
}

TEST_CASE("the number of an AUTOINCREMENT table never goes back", "[sqlite][rows]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    {
        const auto writer = make_row_writer(folder / "shop.db");
        const TableShape orders = shape_named(*writer, "orders");
        writer->insert(orders, {std::int64_t{500}, std::int64_t{1}, std::string("today"), std::int64_t{5}});
        writer->remove(orders, {std::int64_t{500}, {}, {}, {}});
        writer->commit();
    }
    Connection connection = Connection::open(folder / "shop.db", OpenMode::ReadOnly);
    CHECK(connection.integer("SELECT seq FROM sqlite_sequence WHERE name = 'orders'") == 500);
}

TEST_CASE("only references that were whole before count as broken", "[sqlite][rows]") {
    Connection memory = Connection::in_memory();
    memory.execute("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(id));"
                   "CREATE TABLE w(id TEXT PRIMARY KEY, p REFERENCES p(id)) WITHOUT ROWID; PRAGMA foreign_keys=OFF;"
                   "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1), (2, 99); INSERT INTO w VALUES ('a', 99), ('b', 1)");
    BrokenReferences references(memory);
    references.before_insert("c");
    CHECK(references.newly_broken().empty());
    memory.execute("INSERT INTO c VALUES (3, 98)");
    CHECK(references.newly_broken() == std::vector<std::string>{"c row 3 → p"});
    references.before_remove("p");
    memory.execute("DELETE FROM p");
    CHECK(references.newly_broken() == std::vector<std::string>{"c row 1 → p", "c row 3 → p", "w a row → p"});
}
