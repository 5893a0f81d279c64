// The file that a restore writes, and the copy that it leaves: guarding it while it is written, making it
// ready, removing it.
#pragma once

#include "engine/base/file.hpp"
#include "engine/provider/provider.hpp"

namespace holdfast {

// Throws AlreadyExists where something stands there and `may_replace` is false, Busy where a program has it open. Holds
// SQLite's lock bytes of an existing file exclusively until it is destroyed, so that no program can begin to use it.
std::unique_ptr<TargetGuard> guard_database_file(const fs::path& path, bool may_replace);

// Removes what an earlier database at this path left (-wal, -shm, -journal): SQLite would apply it to the restored file.
void finish_restored_file(const fs::path& path);

// Removes the file and what SQLite left beside it, then its folder where that is empty and private (0700). Nothing there: fine.
void drop_restored_file(const fs::path& path);

}  // namespace holdfast
