#include "engine/recovery/compare.hpp"

#include <catch2/catch.hpp>

#include "engine/recovery/spool.hpp"
#include "tests/support/damage.hpp"
#include "tests/support/shop_pair.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

const TableDifference& table_in(const Difference& difference, const std::string& name) {
    for (const TableDifference& table : difference.tables) {
        if (table.table == name) return table;
    }
    FAIL("no table " << name);
    return difference.tables.front();
}

}  // namespace

TEST_CASE("two equal databases do not differ", "[recovery][compare]") {
    ShopPair shop;
    const Difference difference = shop.compare();
    CHECK(difference.missing + difference.extra + difference.changed == 0);
    CHECK(difference.tables.size() == 6);
    CHECK(difference.not_covered.empty());
    CHECK(table_in(difference, "orders").rows_old == 200);
    CHECK_FALSE(table_in(difference, "orders").columns.back() == "euros");   // Generated.
    CHECK_THAT(table_in(difference, "audit_log").note, Catch::Contains("no key"));
}

TEST_CASE("deleted rows are missing, new ones extra and edited ones changed", "[recovery][compare]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 10, 12);
    add_sample_orders(shop.live_path(), 2);
    shop.on_live("UPDATE products SET title = 'other' WHERE sku = 'wood-004'");
    const Difference difference = shop.compare();
    const TableDifference& orders = table_in(difference, "orders");
    CHECK(orders.missing == 3);
    CHECK(orders.extra == 2);
    CHECK(orders.changed == 0);
    REQUIRE(orders.sample_missing.size() == 3);
    CHECK(orders.sample_missing[0][0] == SqlValue(std::int64_t{10}));
    CHECK(table_in(difference, "items").missing >= 3);
    CHECK(table_in(difference, "audit_log").extra == 5);
    const TableDifference& products = table_in(difference, "products");
    CHECK(products.changed == 1);
    REQUIRE(products.sample_changed.size() == 2);
    CHECK(products.sample_changed[1][1] == SqlValue(std::string("other")));
    CHECK(difference.missing == orders.missing + table_in(difference, "items").missing);
}

TEST_CASE("missing rows are spooled parents first", "[recovery][compare]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 1, 50);
    const Difference difference = shop.compare();
    SpoolReader spool(difference.spool, SpoolKind::Missing);
    CHECK(spool.digest() == difference.digest);
    std::vector<std::string> tables;
    std::uint64_t rows = 0;
    while (const SpoolRecord* record = spool.next()) {
        if (record->mark == SpoolMark::Table) tables.push_back(record->table.shape.name);
        rows += record->mark == SpoolMark::Missing ? 1 : 0;
    }
    CHECK(tables == std::vector<std::string>{"orders", "items"});
    CHECK(rows == difference.missing);
}

TEST_CASE("only the tables asked for are compared", "[recovery][compare]") {
    ShopPair shop;
    delete_sample_orders(shop.live_path(), 1, 5);
    const Difference difference = shop.compare({"items"});
    CHECK(difference.tables.size() == 1);
    CHECK(difference.missing >= 5);
}

TEST_CASE("a table that is nowhere is a mistake with a suggestion", "[recovery][compare]") {
    ShopPair shop;
    const auto error = error_thrown_by([&] { shop.compare({"ordrs"}); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Usage);
    CHECK_THAT(error->hint, Catch::Contains("orders"));
}

TEST_CASE("a dropped table is missing as a whole", "[recovery][compare]") {
    ShopPair shop;
    shop.on_live("DROP TABLE items");
    const Difference difference = shop.compare();
    const TableDifference& items = table_in(difference, "items");
    CHECK(items.dropped);
    CHECK(items.missing == items.rows_old);
}

TEST_CASE("virtual tables that cannot be compared are named with the reason", "[recovery][compare]") {
    ShopPair shop;
    shop.on_live("CREATE VIRTUAL TABLE places USING rtree(id, x0, x1); CREATE VIRTUAL TABLE names USING fts5(name, content='customers', content_rowid='id');"
                 "CREATE VIRTUAL TABLE bare USING fts4(content=\"\", words)");
    shop.settle();
    const Difference difference = shop.compare();
    REQUIRE(difference.not_covered.size() == 3);
    CHECK(difference.not_covered[0].first == "bare");
    CHECK(difference.not_covered[1].second == "full-text index of customers, built anew when rows are put back there");
    CHECK(difference.not_covered[2].second == "virtual table of rtree");
}

TEST_CASE("keys compare by their bytes whatever the collation of the column", "[recovery][compare]") {
    ShopPair shop;
    shop.on_live("CREATE TABLE words(word TEXT PRIMARY KEY COLLATE NOCASE, n); INSERT INTO words VALUES ('b', 1), ('A', 2), ('c', 3), ('B2', 4);"
                 "CREATE TABLE nulls(k TEXT PRIMARY KEY, n); INSERT INTO nulls VALUES (NULL, 1), (NULL, 2), ('x', 3)");
    shop.settle();
    shop.on_live("DELETE FROM words WHERE word = 'A'; DELETE FROM nulls WHERE n = 1");
    const Difference difference = shop.compare({"words", "nulls"});
    CHECK(table_in(difference, "words").missing == 1);
    CHECK(table_in(difference, "nulls").missing == 1);
    CHECK(table_in(difference, "nulls").key_kind == RowKey::RowId);
}

TEST_CASE("UTF-16 databases are compared in their own order", "[recovery][compare]") {
    ShopPair shop;
    fs::remove(shop.live_path());
    Connection::open(shop.live_path(), OpenMode::Create)
        .execute("PRAGMA encoding='UTF-16le'; CREATE TABLE t(k TEXT PRIMARY KEY NOT NULL); INSERT INTO t VALUES ('Ā'), ('a'), ('é'), ('💾'), ('￠'), ('z')");
    shop.settle();
    shop.on_live("DELETE FROM t WHERE k = '💾'");
    CHECK(shop.compare().missing == 1);
}

TEST_CASE("a condition leaves other rows of the old state out, and says nothing of new ones", "[recovery][compare]") {
    ShopPair pair;
    pair.on_live("DELETE FROM items; DELETE FROM orders WHERE id <= 20; INSERT INTO orders(id, customer, placed_at, cents) VALUES (9000, 1, 'x', 1)");
    const Difference difference = compare_rows(pair.fixture.installation(), pair.copy(), pair.live(), {.tables = {"orders"}, .only_where = "id between 5 and 9"},
                                               pair.spool(), pair.fixture.progress, {});
    CHECK(difference.missing == 5);
    CHECK(difference.extra == 0);
}

TEST_CASE("changed rows are put back as they were where that is asked for", "[recovery][compare]") {
    ShopPair pair;
    const std::string before = sample_content(pair.live_path());
    pair.on_live("UPDATE orders SET cents = cents + 1 WHERE id <= 3");
    const Difference difference = compare_rows(pair.fixture.installation(), pair.copy(), pair.live(), {.tables = {"orders"}, .with_changed = true},
                                               pair.spool(), pair.fixture.progress, {});
    CHECK(difference.missing == 0);
    CHECK(difference.changed == 3);
    CHECK(pair.merge(difference, OnConflict::TakeOld).replaced == 3);
    CHECK((sample_content(pair.live_path()) == before));
    CHECK(pair.merged(difference) == true);
    CHECK(pair.reverse().restored == 3);
}

TEST_CASE("what a damaged database can still say is compared, and the rest is named", "[recovery][compare]") {
    ShopPair pair({.customers = 300, .orders = 3000, .wal = false});
    pair.on_live("INSERT INTO orders(id, customer, placed_at, cents) VALUES (9000, 1, 'new', 1)");
    zero_page(pair.live_path(), child_of(pair.live_path(), root_page_of(pair.live_path(), "orders"), 2));
    const Difference difference = compare_rows(pair.fixture.installation(), pair.live(), pair.copy(), {.skip_unreadable = true}, pair.spool(),
                                               pair.fixture.progress, {});
    CHECK(difference.missing == 2);   // The new order and its line in the audit log would be lost with the copy.
    CHECK(difference.extra > 10);     // What could not be read is in the copy.
    const auto orders = std::ranges::find(difference.tables, "orders", &TableDifference::table);
    REQUIRE(orders != difference.tables.end());
    CHECK(orders->note.find("unreadable after row") != std::string::npos);
    CHECK_FALSE(fs::exists(pair.spool().string() + ".scratch"));
}
