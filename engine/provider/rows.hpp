// Reading and writing a database's rows for compare and merge. An engine gives ordered cursors and
// single-row writes; engine/recovery does the streaming comparison and decides.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/row.hpp"

namespace holdfast {

enum class RowKey : std::uint8_t { Primary, RowId };   // RowId: the table has no key of its own; said to the user.

struct TableShape {
    std::string name;
    std::vector<std::string> columns;       // The stored ones, in order; generated columns are left out.
    std::vector<std::size_t> key;           // Indexes into `columns`. With RowKey::RowId: column 0 is the rowid.
    RowKey key_kind = RowKey::Primary;
    std::string key_order = {};             // The engine's words for the order of its cursors; states in which it differs cannot be compared.
    std::vector<std::string> depends_on;    // Tables that its foreign keys name.
    std::string create_sql;                 // To put the table back where it was dropped; its indexes and triggers follow below.
    std::vector<std::string> create_also;
    std::string only_where;                 // Not empty: a condition in the engine's SQL; only rows that fulfil it are read.
    std::string not_covered;                // Why it cannot be compared ("virtual table of fts3"); empty: it can.
};

// Rows in key order (SQLite: every key column by BINARY). The row lives until the next call.
class RowCursor {
public:
    virtual ~RowCursor() = default;
    virtual const SqlRow* next() = 0;   // nullptr at the end.
};

// What of a damaged database could not be read.
struct UnreadablePart {
    std::string table;     // Empty: the database as a whole.
    std::string what;      // "rows after 811 and before 1,033: database disk image is malformed"
};

// One consistent snapshot, read-only.
class RowReader {
public:
    virtual ~RowReader() = default;
    virtual std::vector<TableShape> tables() = 0;
    virtual std::unique_ptr<RowCursor> rows(const TableShape& table) = 0;
    // The table with what create_table() needs. Engines where that costs little have it in tables() already; where it cannot be had `not_covered` says why.
    virtual TableShape with_creation(const TableShape& table) { return table; }
    // The order of the cursors: compares the key columns of two rows of this table.
    virtual std::strong_ordering compare_keys(const TableShape& table, const SqlRow& a, const SqlRow& b) const = 0;
    // Empty but for the reader of a damaged database; complete from the beginning.
    virtual std::vector<UnreadablePart> unreadable() const { return {}; }
};

// One write transaction, with triggers off and foreign keys checked at the end. Destroyed without
// commit: nothing has happened.
class RowWriter {
public:
    virtual ~RowWriter() = default;
    virtual std::vector<TableShape> tables() = 0;
    // Puts a dropped table back, with its indexes and triggers.
    virtual void create_table(const TableShape& table) = 0;
    // The row with the same key, or nothing.
    virtual std::optional<SqlRow> find(const TableShape& table, const SqlRow& row) = 0;
    virtual void insert(const TableShape& table, const SqlRow& row) = 0;
    virtual void remove(const TableShape& table, const SqlRow& row) = 0;   // By key.
    // Before rows of a table that create_table() made are taken out again: what other tables got with it, so that it can go.
    virtual void detach_table(const TableShape&) {}
    virtual void drop_table(const TableShape& table) = 0;                  // For undoing create_table; only an empty one.
    // Rows whose foreign keys point nowhere, as "orders row 12 → customers". Empty: fine.
    virtual std::vector<std::string> broken_references() = 0;
    virtual void commit() = 0;
};

}  // namespace holdfast
