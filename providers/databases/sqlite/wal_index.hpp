// Reads the header of SQLite's wal-index: the shared memory in which all programs that use a WAL database
// agree on how far the log is valid. Layout: SQLite's "WAL-mode File Format", section "WAL-Index File Format".
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/base/bytes.hpp"

struct sqlite3;

namespace holdfast {

struct WalIndexHeader {
    std::array<std::uint32_t, 12> words{};   // As they stand there, for comparing.

    std::uint32_t changes() const { return words[2]; }            // iChange: one more with every commit; survives resets of the log.
    std::uint32_t page_bytes() const;
    std::uint32_t last_frame() const { return words[4]; }         // mxFrame: frames 1 to this one are committed.
    std::uint32_t pages() const { return words[5]; }              // 0: as many as the file has.
    std::array<std::uint32_t, 2> checksum() const { return {words[6], words[7]}; }   // Of the last frame.
    std::array<std::byte, 8> salts() const;                       // As in the WAL's own header.
    bool operator==(const WalIndexHeader&) const = default;
};

struct WalIndex {
    WalIndexHeader header;
    std::uint32_t backfilled = 0;   // nBackfill: frames 1 to this one are in the database file too. Read before the header.
};

// The same from the first bytes of a -shm file that nobody has open. Nothing where they are no whole index.
std::optional<WalIndex> parse_wal_index(ByteView file);

// Returns nothing while the header is being written. Requires: `database` has read in WAL mode, so that the index is mapped.
// Throws NotPermitted where this user can only read the index and SQLite does not share it.
std::optional<WalIndex> read_wal_index(sqlite3* database);

}  // namespace holdfast
