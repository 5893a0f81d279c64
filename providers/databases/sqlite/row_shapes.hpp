// What tables a SQLite database has, seen as rows that can be compared and put back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/provider/rows.hpp"
#include "engine/sqlite/connection.hpp"

namespace holdfast {

// Whether the database is known to be damaged: then what cannot be read of it is no reason to give up.
enum class SchemaTrust : std::uint8_t { Sound, Damaged };

// All tables by name, virtual ones among them; SQLite's own tables and the hidden tables behind a virtual one are left out.
//
// The key is the primary key. A table without one, and one whose key holds NULLs (which SQLite allows and which are
// not unique), has the rowid as its column 0.
std::vector<TableShape> table_shapes(Connection& connection, SchemaTrust trust = SchemaTrust::Sound);

// A full-text index whose text lies in another table: it is not compared, but built anew when that table is changed.
struct ExternalIndex {
    std::string name;
    std::string content;   // The table or view that it indexes.
};
std::vector<ExternalIndex> external_indexes(Connection& connection);

// Returns the SQL for a column of `shape`: quoted, but for a rowid, which has no name of its own.
std::string column_sql(const TableShape& shape, std::size_t column);
std::string columns_sql(const TableShape& shape);   // All of them, with commas.

}  // namespace holdfast
