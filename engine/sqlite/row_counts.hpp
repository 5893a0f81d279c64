// How many rows each table of a database has: recorded with a backup, and held against what a drill brought back.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/sqlite/connection.hpp"

namespace holdfast {

using RowCounts = std::map<std::string, std::uint64_t>;   // By table.

// The fact of a point that holds them, as text.
inline constexpr const char* kRowCountsFact = "rows";

// Of the tables that hold rows of their own; virtual tables, and what they keep, are left out. Reads an index or a table each from end to end.
// Nothing where there are more than a thousand tables.
std::optional<RowCounts> count_rows(Connection& database);

// "items=40 order%20lines=200". Names keep letters, digits, '_' and '-'; other bytes are written in hex.
std::string to_text(const RowCounts& counts);
// Throws Corrupt where it is none.
RowCounts parse_row_counts(std::string_view text);

}  // namespace holdfast
