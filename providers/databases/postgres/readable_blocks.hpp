// Which blocks of a damaged table can be read: found by asking the server for ever smaller ranges of them.
#pragma once

#include <string>
#include <vector>

#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/table_shapes.hpp"

namespace holdfast {

struct ReadableTable {
    // What stands behind FROM instead of the table; empty: it can be read as it is.
    std::string from_sql;
    std::vector<std::string> unreadable;   // "block 12: invalid page in block 12 of relation base/5/16384"
    bool none_of_it = false;               // It cannot be read in part.
};

// Reads every row of the table once. Requires: a transaction that has begun; it goes on whatever the server meets.
ReadableTable find_readable(PostgresConnection& connection, const PostgresTable& table, const CancelToken& cancel);

}  // namespace holdfast
