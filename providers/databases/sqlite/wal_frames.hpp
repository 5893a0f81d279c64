// The frames of a SQLite write-ahead log that belong to one snapshot. Layout: SQLite's "Database File Format",
// section "The Write-Ahead Log".
#pragma once

#include <optional>
#include <vector>

#include "engine/base/file.hpp"
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
    std::size_t pages() const { return newest_.size(); }

private:
    struct PageFrame {
        std::uint32_t page;
        std::uint32_t frame;
    };
    void scan(const WalIndexHeader& header);
    void remember(std::uint32_t page, std::uint32_t frame);
    void keep_newest();

    File wal_;
    std::uint32_t page_bytes_;
    std::vector<PageFrame> newest_;     // Sorted by page once the scan is done.
    std::size_t tidy_at_ = 65536;
};

}  // namespace holdfast
