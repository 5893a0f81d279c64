#include "engine/sqlite/statement_pool.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a compiled statement is used again for the same text", "[sqlite]") {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(":memory:", &database) == SQLITE_OK);
    StatementPool pool(database, "memory");
    sqlite3_stmt* first = pool.take("SELECT 1");
    sqlite3_stmt* second = pool.take("SELECT 1");
    CHECK(first != second);
    pool.give_back("SELECT 1", first);
    CHECK(pool.take("SELECT 1") == first);
    pool.give_back("SELECT 1", first);
    pool.give_back("SELECT 1", second);
}

TEST_CASE("more statements than are kept are no leak", "[sqlite]") {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(":memory:", &database) == SQLITE_OK);
    StatementPool pool(database, "memory");   // Closing would fail if one were left.
    for (int i = 0; i < 600; ++i) {
        const std::string sql = "SELECT " + std::to_string(i);
        pool.give_back(sql, pool.take(sql));
    }
    int used = 0;
    for (sqlite3_stmt* at = sqlite3_next_stmt(database, nullptr); at != nullptr; at = sqlite3_next_stmt(database, at)) ++used;
    CHECK(used == 256);
}
