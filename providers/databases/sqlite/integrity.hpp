// Checks a database file: its structure, its indexes and its foreign keys.
#pragma once

#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"
#include "engine/provider/provider.hpp"

namespace holdfast {

// A file that cannot be opened or is no database is a problem in the report, not an error. A copy may be opened for writing, so
// that SQLite tidies up after itself; a live database is only read.
IntegrityReport check_database_file(const fs::path& path, bool is_copy, const CancelToken& cancel);

}  // namespace holdfast
