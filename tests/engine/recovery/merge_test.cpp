#include "engine/recovery/merge.hpp"

#include <catch2/catch.hpp>

#include "tests/support/shop_pair.hpp"
#include "tests/support/sqlite_reference.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

std::int64_t number(const ShopPair& shop, const std::string& sql) {
    return Connection::open(shop.live_path(), OpenMode::ReadOnly).integer(sql).value();
}

}  // namespace

TEST_CASE("deleted rows are back exactly, and no trigger fired for them", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 40);
    add_sample_orders(shop.live_path(), 3);
    const auto log_rows = number(shop, "SELECT count(*) FROM audit_log");
    const Difference lost = shop.compare();
    CHECK(shop.merged(lost) == false);
    const MergeResult result = shop.merge(lost);
    CHECK(result.rows == lost.missing);
    CHECK(result.tables == std::vector<std::string>{"orders", "items"});
    CHECK(number(shop, "SELECT count(*) FROM audit_log") == log_rows);
    CHECK(shop.merged(lost) == true);
    CHECK(shop.compare().missing == 0);
    CHECK(passes_integrity_check(shop.live_path()));
    CHECK(number(shop, "SELECT euros * 100 = cents FROM orders WHERE id = 12") == 1);
}

TEST_CASE("a merge that is reversed leaves the database as it was before", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 40);
    const std::string before = sample_content(shop.live_path());
    const Difference lost = shop.compare();
    shop.merge(lost);
    CHECK(sample_content(shop.live_path()) != before);
    const ReverseResult result = shop.reverse();
    CHECK(result.removed == lost.missing);
    CHECK(result.left == 0);
    CHECK(sample_content(shop.live_path()) == before);
    CHECK(shop.reverse().removed == 0);   // Again: nothing is left to do.
    CHECK(shop.merged(lost) == false);
}

TEST_CASE("a row that was changed after the merge is left by its reversal", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 11);
    shop.merge(shop.compare({"orders"}));
    shop.on_live("UPDATE orders SET cents = cents + 1 WHERE id = 10");
    const ReverseResult result = shop.reverse();
    CHECK(result.removed == 1);
    CHECK(result.left == 1);
}

TEST_CASE("a conflict stops the merge before anything is changed", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 20);
    const Difference lost = shop.compare();
    shop.on_live("INSERT INTO orders(id, customer, placed_at, cents) VALUES (15, 1, 'today', 5)");
    const std::string before = sample_content(shop.live_path());
    const auto error = error_thrown_by([&] { shop.merge(lost); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Changed);
    CHECK_THAT(error->message, Catch::Contains("orders") && Catch::Contains("id 15"));
    CHECK(sample_content(shop.live_path()) == before);
    CHECK_FALSE(fs::exists(shop.undo()));
    CHECK_FALSE(shop.merged(lost).value_or(true));
}

TEST_CASE("a conflict is kept or taken as asked, and undone", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 20);
    const Difference lost = shop.compare();
    shop.on_live("INSERT INTO orders(id, customer, placed_at, cents) VALUES (15, 1, 'today', 5)");
    const std::string before = sample_content(shop.live_path());
    SECTION("kept") {
        CHECK(shop.merge(lost, OnConflict::KeepLive).kept == 1);
        CHECK(number(shop, "SELECT cents FROM orders WHERE id = 15") == 5);
    }
    SECTION("taken") {
        CHECK(shop.merge(lost, OnConflict::TakeOld).replaced == 1);
        CHECK(number(shop, "SELECT cents FROM orders WHERE id = 15") != 5);
        CHECK(shop.compare().missing == 0);
    }
    shop.reverse();
    CHECK(sample_content(shop.live_path()) == before);
}

TEST_CASE("a value that another live row holds now stops the merge by name", "[recovery][merge]") {
    ShopPair shop;
    shop.on_live("DELETE FROM items; DELETE FROM orders; DELETE FROM customers WHERE id = 3; UPDATE customers SET email = 'CUSTOMER3@example.org' WHERE id = 4");
    const Difference lost = shop.compare({"customers"});
    const auto error = error_thrown_by([&] { shop.merge(lost, OnConflict::KeepLive); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::AlreadyExists);
    CHECK_THAT(error->message, Catch::Contains("customers.email"));
    CHECK_THAT(error->hint, Catch::Contains("another key"));
}

TEST_CASE("texts with NUL characters and bytes that are no UTF-8 come back as they were", "[recovery][merge]") {
    ShopPair shop;
    shop.on_live("CREATE TABLE odd(id INTEGER PRIMARY KEY, v); INSERT INTO odd VALUES (1, CAST(x'610062' AS TEXT)), (2, CAST(x'ff80' AS TEXT)),"
                 "(3, x'00'), (4, 9e999), (5, -9223372036854775808), (6, '')");
    shop.settle();
    shop.on_live("DELETE FROM odd");
    shop.merge(shop.compare({"odd"}));
    CHECK(shop.compare({"odd"}).missing == 0);
    CHECK(number(shop, "SELECT hex(v) = '610062' FROM odd WHERE id = 1") == 1);
    CHECK(number(shop, "SELECT hex(v) = 'FF80' AND typeof(v) = 'text' FROM odd WHERE id = 2") == 1);
}

TEST_CASE("rows that are back already are counted and left", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 20);
    const Difference lost = shop.compare();
    shop.merge(lost);
    const MergeResult again = shop.merge(lost);
    CHECK(again.rows == 0);
    CHECK(again.already_there == lost.missing);
    CHECK(shop.reverse().removed == lost.missing);   // The undo of the first one is still there.
}

TEST_CASE("rows whose parents are missing are not put back alone", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 20);
    const Difference lost = shop.compare({"items"});
    const auto error = error_thrown_by([&] { shop.merge(lost); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Changed);
    CHECK_THAT(error->message, Catch::Contains("orders"));
    CHECK(shop.merged(lost) == false);
}

TEST_CASE("references that were broken before do not stop a merge", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 20);
    shop.on_live("INSERT INTO items VALUES (99999, 1, 'nothing', 1, NULL)");
    const Difference lost = shop.compare();
    CHECK(shop.merge(lost).rows == lost.missing);
}

TEST_CASE("a merge is not reversed under rows that came to depend on it", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 20);
    shop.merge(shop.compare());
    shop.on_live("INSERT INTO items VALUES (10, 77, 'wood-002', 1, NULL)");
    CHECK(code_thrown_by([&] { shop.reverse(); }) == ErrorCode::Changed);
    CHECK(shop.compare().missing == 0);
}

TEST_CASE("a dropped table comes back with its indexes and triggers and numbers, and goes again", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 200, 200);
    shop.settle();   // The highest number, 200, is given out but not in use.
    shop.on_live("DROP TABLE items; DROP TABLE orders");
    const std::string schema_sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('orders_by_customer', 'order_added', 'order_deleted', 'items_by_sku')";
    const Difference lost = shop.compare();
    shop.merge(lost);
    CHECK(number(shop, schema_sql) == 4);
    CHECK(sample_content(shop.live_path()) == sample_content(shop.copy_path()));
    shop.on_live("INSERT INTO orders(customer, placed_at, cents) VALUES (1, 'today', 5); DELETE FROM orders WHERE placed_at = 'today'");
    CHECK(number(shop, "SELECT seq FROM sqlite_sequence WHERE name = 'orders'") == 201);
    CHECK(shop.reverse().removed == lost.missing);
    CHECK(number(shop, "SELECT count(*) FROM sqlite_schema WHERE name IN ('orders', 'items')") == 0);
}

TEST_CASE("full-text tables find their rows again", "[recovery][merge]") {
    ShopPair shop;
    shop.on_live("CREATE VIRTUAL TABLE names USING fts5(name, content='customers', content_rowid='id'); INSERT INTO names(names) VALUES ('rebuild');"
                 "CREATE VIRTUAL TABLE old_style USING fts4(body); INSERT INTO old_style SELECT notes FROM customers");
    shop.settle();
    const std::string found = "SELECT count(*) FROM search WHERE search MATCH 'oak'";
    const std::string found_old = "SELECT count(*) FROM old_style WHERE old_style MATCH 'oak'";
    const std::string found_external = "SELECT count(*) FROM names WHERE names MATCH 'oak OR birch'";
    const auto before = number(shop, found) + number(shop, found_old) * 1000;
    const auto before_external = number(shop, found_external);
    shop.on_live("DELETE FROM search WHERE rowid < 30; DELETE FROM old_style WHERE docid > 7;"
                 "DELETE FROM items; DELETE FROM orders; DELETE FROM customers WHERE id < 20; INSERT INTO names(names) VALUES ('rebuild')");
    REQUIRE(number(shop, found) + number(shop, found_old) * 1000 != before);
    REQUIRE(number(shop, found_external) != before_external);
    shop.merge(shop.compare());
    CHECK(number(shop, found) + number(shop, found_old) * 1000 == before);
    CHECK(number(shop, found_external) == before_external);
    shop.on_live("INSERT INTO search(search) VALUES ('integrity-check'); INSERT INTO names(names, rank) VALUES ('integrity-check', 1)");
    CHECK(passes_integrity_check(shop.live_path()));
}

TEST_CASE("tables without a key get their rows back by row number", "[recovery][merge]") {
    ShopPair shop;
    shop.on_live("DELETE FROM audit_log WHERE rowid BETWEEN 50 AND 60");
    const Difference lost = shop.compare();
    CHECK(lost.missing == 11);
    shop.merge(lost);
    CHECK(sample_content(shop.live_path()) == sample_content(shop.copy_path()));
}

TEST_CASE("rows fit a table that has a new column since", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 20);
    shop.on_live("ALTER TABLE orders ADD COLUMN channel TEXT DEFAULT 'web'");
    shop.merge(shop.compare());
    CHECK(number(shop, "SELECT count(*) FROM orders WHERE id BETWEEN 10 AND 20 AND channel = 'web'") == 11);
}

TEST_CASE("a spool that was exchanged after the approval is refused", "[recovery][merge]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 20);
    const Difference approved = shop.compare();
    delete_sample_orders(shop.live_path(), 30, 40);
    shop.compare();   // The same path, other rows.
    CHECK(code_thrown_by([&] { shop.merge(approved); }) == ErrorCode::Changed);
}

TEST_CASE("many missing rows go through bounded memory", "[recovery][merge]") {
    ShopPair shop;
    shop.on_live("CREATE TABLE wide(id INTEGER PRIMARY KEY, body TEXT); WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
                 "INSERT INTO wide SELECT i, 'row ' || i || ' with some text in it' FROM n");
    shop.settle();
    shop.on_live("DELETE FROM wide WHERE id % 4 <> 0");
    const Difference lost = shop.compare({"wide"});
    CHECK(lost.missing == 150'000);
    CHECK(shop.merge(lost).rows == 150'000);
    CHECK(shop.compare({"wide"}).missing == 0);
}
