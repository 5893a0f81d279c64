#include "engine/sqlite/identifier.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/sqlite/connection.hpp"

using namespace holdfast;

TEST_CASE("an identifier with quotes in it names the same column again", "[sqlite]") {
    Connection memory = Connection::in_memory();
    const std::string odd = "or\"der; DROP TABLE t --";
    memory.execute("CREATE TABLE " + quote_identifier(odd) + "(" + quote_identifier("select") + ")");
    CHECK(memory.text("SELECT name FROM sqlite_schema") == odd);
    CHECK(memory.text("SELECT " + quote_literal("it's")) == "it's");
}

TEST_CASE("a name with a NUL is refused", "[sqlite]") { CHECK_THROWS_AS(quote_identifier(std::string("a\0b", 3)), Error); }
