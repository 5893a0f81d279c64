#include "providers/databases/sqlite/read_only.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("a connection that may only read refuses even where the file could be written", "[sqlite][state]") {
    const TemporaryFolder folder;
    Connection connection = Connection::open(folder / "own.db", OpenMode::Create);
    connection.execute("CREATE TABLE t(a)");
    allow_reading_only(connection);
    for (const char* sql : {"INSERT INTO t VALUES (1)", "PRAGMA user_version = 1", "ATTACH 'x.db' AS x", "BEGIN IMMEDIATE"}) {
        INFO(sql);
        CHECK(code_thrown_by([&] { require_reading_statement(connection, sql); }) == ErrorCode::NotPermitted);
    }
    CHECK_FALSE(code_thrown_by([&] { require_reading_statement(connection, "SELECT * FROM t"); }));
    CHECK_FALSE(code_thrown_by([&] { require_reading_statement(connection, "pragma TABLE_INFO(t)"); }));
}
