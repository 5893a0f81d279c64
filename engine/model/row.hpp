// Rows of tables as values, for comparing and merging databases of any engine.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/bytes.hpp"

namespace holdfast {

// NULL, integer, real, text (UTF-8 or the database's bytes, unchanged), blob.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;
using SqlRow = std::vector<SqlValue>;

// Compares as SQLite's BINARY collation does: NULL < numbers < text < blob. Integers and reals compare
// by value, exactly (no loss above 2^53).
std::strong_ordering compare_values(const SqlValue& a, const SqlValue& b);

void write_row(ByteWriter& writer, const SqlRow& row);
SqlRow read_row(ByteReader& reader);

// Returns a value as a person reads it: NULL, 12, 'text' shortened, x'00ff…'.
std::string for_people(const SqlValue& value, std::size_t columns = 40);

}  // namespace holdfast
