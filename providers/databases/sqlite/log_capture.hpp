// Capture of a SQLite database's committed transactions from its write-ahead log: engine/provider/log.hpp's contract.
#pragma once

#include <memory>

#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"
#include "engine/provider/log.hpp"
#include "providers/databases/sqlite/log_limits.hpp"

namespace holdfast {

// Throws as WalHolds does. `clock` outlives what is returned.
std::unique_ptr<LogCapture> capture_sqlite_log(const fs::path& path, const Clock& clock, const LogCaptureLimits& limits = {});

}  // namespace holdfast
