#include "providers/databases/sqlite/integrity.hpp"

#include <catch2/catch.hpp>

#include <functional>

#include "engine/sqlite/connection.hpp"
#include "tests/support/damage.hpp"
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

TEST_CASE("damage of every kind is found, or known to leave no trace", "[sqlite][integrity]") {
    struct Kind {
        const char* name;
        bool wal;
        bool shows;
        std::function<void(const fs::path&)> damage;
    };
    const std::vector<Kind> kinds{
        {"a page of a table zeroed", false, true, [](const fs::path& file) { zero_page(file, root_page_of(file, "orders")); }},
        {"a freelist that leads in circles", false, true,
         [](const fs::path& file) {
             Connection::open(file, OpenMode::ReadWrite).execute("DELETE FROM items WHERE order_id > 50");
             const std::uint32_t trunk = big_endian_at(page_of(file, 1), 32);
             REQUIRE(trunk != 0);
             Bytes self(4);
             for (std::size_t i = 0; i < 4; ++i) self[i] = static_cast<std::byte>(trunk >> (24 - 8 * i) & 0xff);
             overwrite(file, (trunk - 1) * kDamagePageBytes, self);
         }},
        {"a file cut off", false, true, [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2 / kDamagePageBytes * kDamagePageBytes); }},
        {"a header destroyed", false, true, [](const fs::path& file) { destroy_header(file); }},
        {"a tree that leads in circles", false, true, [](const fs::path& file) { lead_in_circles(file, root_page_of(file, "items"), 0); }},
        {"an index that disagrees with its table", false, true,
         [](const fs::path& file) {
             Connection::open(file, OpenMode::ReadWrite)
                 .execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'items_by_sku') WHERE name = 'orders_by_customer'");
         }},
        {"a log that is gone while its shared memory is there", true, true,
         [](const fs::path& file) {
             fs::copy_file(file, file.string() + ".x");
             Connection live = Connection::open(file, OpenMode::ReadWrite);
             live.execute("PRAGMA wal_autocheckpoint=0; UPDATE customers SET name = 'y'");
             const Bytes shared = read_file(file.string() + "-shm", 1 << 20);
             live = Connection::in_memory();
             fs::rename(file.string() + ".x", file);
             write_file_durably(file.string() + "-shm", shared);
         }},
        // An older state of itself: nothing in the files says that there was more.
        {"a log that is gone without a trace", true, false,
         [](const fs::path& file) {
             fs::copy_file(file, file.string() + ".x");
             Connection::open(file, OpenMode::ReadWrite).execute("UPDATE customers SET name = 'y'");
             for (const char* side : {"-wal", "-shm"}) fs::remove(file.string() + side);
             fs::rename(file.string() + ".x", file);
         }},
        // SQLite has no checksums on pages: other values in their place are values.
        {"a value overwritten by another", false, false,
         [](const fs::path& file) { Connection::open(file, OpenMode::ReadWrite).execute("UPDATE orders SET cents = 1 WHERE id = 7"); }},
    };
    for (const Kind& kind : kinds) {
        INFO(kind.name);
        const TemporaryFolder folder;
        make_sample_database(folder / "shop.db", {.customers = 300, .orders = 2000, .wal = kind.wal});
        kind.damage(folder / "shop.db");
        const IntegrityReport report = check_database_file(folder / "shop.db", false, {});
        CHECK(report.sound() != kind.shows);
    }
}
