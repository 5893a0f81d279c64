// The frames of a SQLite write-ahead log that belong to one snapshot. Layout: SQLite's "Database File Format",
// section "The Write-Ahead Log".
#pragma once

#include <optional>

#include "engine/base/file.hpp"
#include "providers/databases/sqlite/newest_frames.hpp"
#include "providers/databases/sqlite/wal_index.hpp"

namespace holdfast {

class WalFrames {
public:
    // Reads frames 1 to header.last_frame() of `wal`, checks every salt and checksum, and remembers the newest frame of
    // each page: eight bytes per distinct page. Throws Corrupt where the log is not what the index says.
    // Requires: the caller's read transaction keeps the log from being reset.
    WalFrames(const fs::path& wal, const WalIndexHeader& header);

    std::optional<std::uint32_t> frame_of(std::uint32_t page) const;             // Pages and frames count from 1.
    void read_frame(std::uint32_t frame, std::span<std::byte> out) const;        // Thread-safe.
    std::size_t pages() const { return newest_.all().size(); }

private:
    void scan(const WalIndexHeader& header);

    File wal_;
    std::uint32_t page_bytes_;
    NewestFrames newest_;
};

}  // namespace holdfast
