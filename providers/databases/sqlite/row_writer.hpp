// Puts rows into a live SQLite database and takes them out, in one transaction.
#pragma once

#include <memory>

#include "engine/base/file.hpp"
#include "engine/provider/rows.hpp"

namespace holdfast {

// Takes the write lock at once (Busy where another program keeps it). Triggers do not fire and foreign keys are not enforced row
// by row: broken_references() compares with what was broken before. AUTOINCREMENT counters only ever go up.
std::unique_ptr<RowWriter> make_row_writer(const fs::path& path);

}  // namespace holdfast
