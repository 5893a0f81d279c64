// Walks one table of a damaged database, past what cannot be read.
//
// A table with row numbers is read upwards; where a page cannot be read, the next row number that can be reached is looked for,
// so that a bad page costs the rows in it and no others. A table without them is read from both ends towards the damage.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/cancel.hpp"
#include "engine/provider/rows.hpp"
#include "engine/sqlite/connection.hpp"

namespace holdfast {

// Takes one row; false where it has come before, which ends a scan that a damaged tree leads in circles.
using TakeRow = std::function<bool(const SqlRow&)>;

// Calls `take` for each row that can be read. Returns what was passed over, as a person reads it.
std::vector<std::string> scan_table(Connection& connection, const TableShape& table, const TakeRow& take, const CancelToken& cancel);

}  // namespace holdfast
