// Capture of a SQLite database's committed transactions from its write-ahead log: engine/provider/log.hpp's contract.
#pragma once

#include <memory>

#include "engine/base/file.hpp"
#include "engine/provider/log.hpp"
#include "engine/base/clock.hpp"

namespace holdfast {

struct LogCaptureLimits {
    std::uint64_t settle_bytes = 4U << 20;         // A log larger than this is checkpointed, so that it can begin anew,
    std::uint64_t barrier_bytes = 16U << 20;       // and beyond this writers are kept out for some milliseconds where they never pause.
    std::uint64_t let_go_bytes = 1ULL << 30;       // What is not durable may grow to this while the store cannot be written,
    std::uint64_t let_go_when_low_bytes = 64U << 20;   // or to this where the database's file system is nearly full.
    std::uint64_t free_bytes_min = 256U << 20;
};

// Throws as WalHolds does. `clock` outlives what is returned.
std::unique_ptr<LogCapture> capture_sqlite_log(const fs::path& path, const Clock& clock, const LogCaptureLimits& limits = {});

}  // namespace holdfast
