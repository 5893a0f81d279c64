// The tables of one database as rows see them: columns, key, order, references. Read from the catalogs, in the caller's transaction.
//
// Two states of a table are read in one order on both sides whatever collations either has: integers by value, texts by their bytes, and
// everything else by the bytes of what the server prints for it, under settings that are the same for both (set_plain()).
#pragma once

#include <map>

#include "engine/provider/rows.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/table_name.hpp"

namespace holdfast {

enum class ColumnOrder : std::uint8_t {
    Integer,    // By value.
    AsIs,       // As the server orders them, which is the order of the bytes that it prints: uuid, bytea.
    Text,       // By bytes.
    Padded,     // char(n): by bytes, without the blanks at the end.
    Number,     // numeric: by the bytes of its digits, without zeros at the end.
    Printed,    // By the bytes of what the server prints.
};

struct PostgresTable {
    TableName name;
    TableShape shape;
    bool with_children = false;                  // A partitioned table: its rows are those of its partitions.
    std::map<std::string, ColumnOrder> orders;   // Of all columns, by name.

    bool is_integer(const std::string& column) const;
    ColumnOrder order_of(const std::string& column) const;
    std::string from_sql() const;                                    // "ONLY \"public\".\"orders\""
    std::string order_sql(const TableShape& shape) const;            // For ORDER BY.
    SqlRow row_of(const TableShape& shape, const PostgresResult& result, std::size_t row) const;
};

std::string column_list(const TableShape& shape);

// One order, one form of every value, nothing that runs out while we wait for people, and no rows filtered away in silence.
void set_plain(PostgresConnection& connection);

// By name. Without create_sql and create_also, which are costly: table_dump.hpp.
std::vector<PostgresTable> read_tables(PostgresConnection& connection);

// What of the cluster no table has, as shapes that are not covered: other databases, large objects.
std::vector<TableShape> beside_tables(PostgresConnection& connection);

// Compares the key columns of two rows.
std::strong_ordering compare_keys(const PostgresTable& table, const TableShape& shape, const SqlRow& a, const SqlRow& b);

// The value as a parameter.
std::optional<std::string> parameter_of(const SqlValue& value);

}  // namespace holdfast
