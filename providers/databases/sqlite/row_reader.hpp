// Reads a SQLite database's rows in key order, all from one snapshot.
#pragma once

#include <memory>

#include "engine/base/file.hpp"
#include "engine/provider/rows.hpp"

namespace holdfast {

// In rollback mode writers cannot commit while the reader lives; in WAL mode they can.
std::unique_ptr<RowReader> make_row_reader(const fs::path& path);

}  // namespace holdfast
