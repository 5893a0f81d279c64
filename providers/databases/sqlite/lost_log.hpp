// Notices that a write-ahead log is gone or cut short, where the shared memory beside it still says what was in it.
#pragma once

#include <optional>
#include <string>

#include "engine/base/file.hpp"

namespace holdfast {

// Returns what is lost, as a person reads it. Nothing where all is well, and where nothing is left to tell by: a log that was removed
// together with its -shm leaves no trace, and the database looks like an older state of itself. Ask before anything opens the database.
std::optional<std::string> lost_log_of(const fs::path& database);

}  // namespace holdfast
