#include "tests/support/sample_database.hpp"

#include <random>

#include "engine/base/format.hpp"
#include "engine/sqlite/transaction.hpp"

namespace holdfast {
namespace {

constexpr const char* kSampleSchema = R"(
CREATE TABLE customers(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE COLLATE NOCASE, notes TEXT, photo BLOB,
    order_count INTEGER NOT NULL DEFAULT 0);
CREATE TABLE products(sku TEXT PRIMARY KEY, title TEXT NOT NULL, weight REAL) WITHOUT ROWID;
CREATE TABLE orders(
    id INTEGER PRIMARY KEY AUTOINCREMENT, customer INTEGER NOT NULL REFERENCES customers(id),
    placed_at TEXT NOT NULL, cents INTEGER NOT NULL CHECK (cents >= 0), euros REAL AS (cents / 100.0));
CREATE INDEX orders_by_customer ON orders(customer);
CREATE TABLE items(
    order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE, line INTEGER NOT NULL,
    sku TEXT NOT NULL REFERENCES products(sku), quantity INTEGER NOT NULL, remark, PRIMARY KEY(order_id, line)) WITHOUT ROWID;
CREATE INDEX items_by_sku ON items(sku);
CREATE TABLE audit_log(what TEXT, order_id INTEGER, cents);
CREATE VIRTUAL TABLE search USING fts5(name, notes);
CREATE VIEW big_orders AS SELECT * FROM orders WHERE cents > 5000;
CREATE TRIGGER order_added AFTER INSERT ON orders BEGIN
    UPDATE customers SET order_count = order_count + 1 WHERE id = new.customer;
    INSERT INTO audit_log VALUES ('added', new.id, new.cents);
END;
CREATE TRIGGER order_deleted AFTER DELETE ON orders BEGIN
    UPDATE customers SET order_count = order_count - 1 WHERE id = old.customer;
    INSERT INTO audit_log VALUES ('deleted', old.id, old.cents);
END;
CREATE TRIGGER customer_added AFTER INSERT ON customers BEGIN
    INSERT INTO search(rowid, name, notes) VALUES (new.id, new.name, new.notes);
END;
)";

constexpr const char* kWords[] = {"oak", "birch", "maple", "walnut", "table", "chair", "lamp", "desk", "shelf", "large",
                                  "small", "green", "blue", "Grüße", "fragile", "urgent", "gift", "paid", "return", "spare"};
constexpr std::uint32_t kProducts = 30;

class SampleShop {
public:
    explicit SampleShop(Connection& connection) : connection_(connection) {}

    void fill(const SampleOptions& options) {
        for (std::uint32_t i = 0; i < kProducts; ++i) add_product(i);
        for (std::uint32_t id = 1; id <= options.customers; ++id) add_customer(id);
        for (std::uint32_t i = 0; i < options.orders; ++i) add_order(1 + pick(options.customers), i);
    }

    void add_order(std::uint32_t customer, std::uint32_t day) {
        connection_.run("INSERT INTO orders(customer, placed_at, cents) VALUES (?, ?, ?)", customer,
                        fmt::format("2026-{:02}-{:02}T{:02}:15:00Z", 1 + day / 28 % 12, 1 + day % 28, day % 24), 100 + pick(10'000));
        const std::int64_t order = connection_.last_insert_rowid();
        const std::uint32_t lines = 1 + pick(4);
        for (std::uint32_t line = 1; line <= lines; ++line) {
            const SqlValue remark = pick(3) == 0 ? SqlValue(words(3)) : pick(2) == 0 ? SqlValue(0.5 * pick(100)) : SqlValue();
            connection_.run("INSERT INTO items VALUES (?, ?, ?, ?, ?)", order, line, sku(pick(kProducts)), 1 + pick(5), remark);
        }
    }

private:
    std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

    std::string words(std::uint32_t count) {
        std::string text;
        for (std::uint32_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + std::string(kWords[pick(std::size(kWords))]);
        return text;
    }

    static std::string sku(std::uint32_t number) { return fmt::format("{}-{:03}", number % 2 == 0 ? "wood" : "Iron", number); }

    void add_product(std::uint32_t number) {
        const SqlValue weight = number % 7 == 0 ? SqlValue() : SqlValue(0.25 * number);
        connection_.run("INSERT INTO products VALUES (?, ?, ?)", sku(number), words(3), weight);
    }

    void add_customer(std::uint32_t id) {
        const SqlValue notes = pick(4) == 0 ? SqlValue() : SqlValue(words(5 + pick(40)));
        Bytes photo(pick(3) == 0 ? pick(3000) : 0);
        for (std::byte& byte : photo) byte = static_cast<std::byte>(pick(256));
        connection_.run("INSERT INTO customers(id, name, email, notes, photo) VALUES (?, ?, ?, ?, ?)", id, words(2),
                        fmt::format("Customer{}@example.org", id), notes, photo.empty() ? SqlValue() : SqlValue(photo));
    }

    Connection& connection_;
    std::mt19937_64 random_{20261120};
};

}  // namespace

void make_sample_database(const fs::path& path, const SampleOptions& options) {
    Connection connection = Connection::open(path, OpenMode::Create);
    connection.execute(fmt::format("PRAGMA page_size={}; PRAGMA auto_vacuum={}; PRAGMA journal_mode={}; PRAGMA synchronous=OFF",
                                   options.page_bytes, options.auto_vacuum ? "FULL" : "NONE", options.wal ? "WAL" : "DELETE"));
    Transaction transaction(connection);
    connection.execute(kSampleSchema);
    SampleShop(connection).fill(options);
    transaction.commit();
}

void delete_sample_orders(const fs::path& path, std::uint32_t first, std::uint32_t last) {
    Connection connection = Connection::open(path, OpenMode::ReadWrite);
    connection.execute("PRAGMA foreign_keys=ON");
    Transaction transaction(connection);
    connection.run("DELETE FROM orders WHERE id BETWEEN ? AND ?", first, last);
    transaction.commit();
}

void add_sample_orders(const fs::path& path, std::uint32_t count) {
    Connection connection = Connection::open(path, OpenMode::ReadWrite);
    SampleShop shop(connection);
    for (std::uint32_t i = 0; i < count; ++i) {
        Transaction transaction(connection);
        shop.add_order(1, i);
        transaction.commit();
    }
}

std::string sample_content(const fs::path& path) {
    constexpr std::pair<const char*, const char*> kTables[] = {
        {"customers", "id"}, {"products", "sku"}, {"orders", "id"}, {"items", "order_id, line"}, {"audit_log", "rowid"}, {"search", "rowid"}};
    Connection connection = Connection::open(path, OpenMode::ReadOnly);
    std::string content;
    SqlRow row;
    for (const auto& [table, key] : kTables) {
        Statement statement = connection.prepare(fmt::format("SELECT * FROM {} ORDER BY {}", table, key));
        while (statement.step()) {
            statement.read_row_into(row);
            content += table;
            for (const SqlValue& value : row) content += " " + for_people(value, 1'000'000);
            content += "\n";
        }
    }
    return content;
}

}  // namespace holdfast
