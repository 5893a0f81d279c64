// A small shop as a real SQLite database, the same every time: foreign keys, triggers, an FTS5 index, blobs,
// NULLs, a WITHOUT ROWID table, a generated column, an AUTOINCREMENT table and a table without a key.
#pragma once

#include <cstdint>

#include "engine/base/file.hpp"

namespace holdfast {

struct SampleOptions {
    std::uint32_t customers = 40;
    std::uint32_t orders = 200;       // Each has one to four items.
    bool wal = true;
    std::uint32_t page_bytes = 4096;
    bool auto_vacuum = false;
};

// Tables: customers(id, name, email, notes, photo, order_count), products(sku text key, WITHOUT ROWID),
// orders(id AUTOINCREMENT, customer → customers, placed_at, cents, euros generated),
// items(order_id → orders, line; WITHOUT ROWID, sku → products), audit_log (no key, filled by triggers),
// search (FTS5, filled by a trigger on customers). Orders are numbered from 1, as are customers.
void make_sample_database(const fs::path& path, const SampleOptions& options = {});

// What somebody does by mistake: deletes orders [first, last] and their items, in one transaction.
void delete_sample_orders(const fs::path& path, std::uint32_t first, std::uint32_t last);

// Adds `count` orders for customer 1, each in a transaction of its own.
void add_sample_orders(const fs::path& path, std::uint32_t count);

// Returns the whole logical content as text: every table's rows in key order. Equal texts: equal databases.
std::string sample_content(const fs::path& path);

}  // namespace holdfast
