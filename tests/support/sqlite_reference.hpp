// What a SQLite database's file would be if all of its log were in it, found without the code under test.
#pragma once

#include "engine/base/file.hpp"

namespace holdfast {

// Copies the files while nobody writes, lets SQLite recover and checkpoint the copy, and returns its bytes.
Bytes settled_bytes_of(const fs::path& database, const fs::path& scratch);

// Is the database sound, by SQLite's own checks?
bool passes_integrity_check(const fs::path& database);

}  // namespace holdfast
