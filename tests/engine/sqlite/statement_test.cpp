#include "engine/sqlite/statement.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/sqlite/connection.hpp"

using namespace holdfast;

TEST_CASE("every kind of value comes back as it was bound", "[sqlite]") {
    Connection memory = Connection::in_memory();
    memory.execute("CREATE TABLE t(a)");
    const SqlRow values = {std::monostate{}, std::int64_t{-5}, 1.5, std::string("a\0b", 3), std::string(), Bytes{std::byte{0}, std::byte{255}},
                           Bytes{}, std::int64_t{INT64_MIN}, -0.25};
    for (const SqlValue& value : values) memory.run("INSERT INTO t VALUES (?)", value);
    SqlRow back;
    Statement statement = memory.prepare("SELECT a FROM t ORDER BY rowid");
    while (statement.step()) back.push_back(statement.value(0));
    CHECK(back == values);
}

TEST_CASE("a statement can be used again while its text is in use", "[sqlite]") {
    Connection memory = Connection::in_memory();
    memory.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)");
    std::int64_t pairs = 0;
    Statement outer = memory.prepare("SELECT a FROM t");
    while (outer.step()) {
        Statement inner = memory.prepare("SELECT a FROM t");
        while (inner.step()) pairs += inner.integer(0) * outer.integer(0);
    }
    CHECK(pairs == 36);
}

TEST_CASE("a pooled statement starts without the bindings of its last use", "[sqlite]") {
    Connection memory = Connection::in_memory();
    CHECK(memory.text("SELECT ?", "x") == "x");
    CHECK_FALSE(memory.text("SELECT ?").has_value());
}

TEST_CASE("optional and plain values are bound by their kind", "[sqlite]") {
    Connection memory = Connection::in_memory();
    Statement statement = memory.prepare("SELECT typeof(?1), typeof(?2), typeof(?3), typeof(?4), typeof(?5)");
    statement.bind_all(true, std::optional<std::string>(), std::optional<std::int64_t>(3), "text", Bytes(2));
    REQUIRE(statement.step());
    CHECK(statement.text(0) == "integer");
    CHECK(statement.text(1) == "null");
    CHECK(statement.text(2) == "integer");
    CHECK(statement.text(3) == "text");
    CHECK(statement.text(4) == "blob");
}

TEST_CASE("SQL that does not parse is an error that names the fault", "[sqlite]") {
    Connection memory = Connection::in_memory();
    CHECK_THROWS_WITH(memory.prepare("SELEC 1"), Catch::Contains("syntax error"));
}
