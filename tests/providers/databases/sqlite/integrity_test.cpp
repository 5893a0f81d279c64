#include "providers/databases/sqlite/integrity.hpp"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("a sound database has no problems and says what was checked", "[sqlite][integrity]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    const IntegrityReport report = check_database_file(folder / "shop.db", false, {});
    CHECK(report.sound());
    CHECK(report.checks == std::vector<std::string>{"integrity_check", "foreign_key_check"});
}

TEST_CASE("a row that points nowhere is a problem of its table", "[sqlite][integrity]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    Connection::open(folder / "shop.db", OpenMode::ReadWrite).execute("INSERT INTO orders(id, customer, placed_at, cents) VALUES (777, 999, 'x', 1)");
    const IntegrityReport report = check_database_file(folder / "shop.db", false, {});
    REQUIRE(report.problem_count == 1);
    CHECK(report.problems[0].where == "table orders");
    CHECK(report.problems[0].what == "row 777 points to a row of customers that is not there");
}

TEST_CASE("an index that misses a row is named", "[sqlite][integrity]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", {.wal = false});
    // The index takes the root page of another one: now its entries do not fit its table.
    Connection::open(folder / "shop.db", OpenMode::ReadWrite)
        .execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'items_by_sku')"
                 " WHERE name = 'orders_by_customer'");
    const IntegrityReport report = check_database_file(folder / "shop.db", false, {});
    CHECK_FALSE(report.sound());
    CHECK(report.problems.size() <= 100);
    const auto names_index = [](const IntegrityProblem& problem) { return problem.where == "index orders_by_customer"; };
    CHECK(std::ranges::any_of(report.problems, names_index));
}

TEST_CASE("a damaged page is a problem and not an error", "[sqlite][integrity]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", {.wal = false});
    Bytes bytes = read_file(folder / "shop.db", 1 << 24);
    for (std::size_t at = 4096 * 3; at < 4096 * 6; ++at) bytes[at] = std::byte{0x55};
    write_file_durably(folder / "shop.db", bytes);
    CHECK_FALSE(check_database_file(folder / "shop.db", true, {}).sound());
}

TEST_CASE("what is no database or not there is a problem too", "[sqlite][integrity]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "noise.db", as_bytes(std::string(9000, 'n')));
    CHECK(check_database_file(folder / "noise.db", true, {}).problem_count == 1);
    CHECK(check_database_file(folder / "none.db", true, {}).problem_count == 1);
}

TEST_CASE("a collation that only the user's program knows does not fail the check", "[sqlite][integrity]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    Connection::open(folder / "shop.db", OpenMode::ReadWrite)
        .execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = replace(sql, 'COLLATE NOCASE', 'COLLATE german') WHERE name = 'customers'");
    const IntegrityReport report = check_database_file(folder / "shop.db", false, {});
    CHECK(report.sound());
    CHECK(report.checks.front() == "quick_check");
}

TEST_CASE("a check that is stopped ends as stopped", "[sqlite][integrity]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    std::stop_source stop;
    stop.request_stop();
    CHECK(code_thrown_by([&] { check_database_file(folder / "shop.db", false, stop.get_token()); }) == ErrorCode::Cancelled);
}
