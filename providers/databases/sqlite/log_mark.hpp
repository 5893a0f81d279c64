// A place in the write-ahead logs of one database, as text: what a point's facts and a captured transaction say, so
// that capture goes on exactly there or knows that it cannot.
#pragma once

#include <optional>
#include <string>

#include "engine/base/time.hpp"
#include "providers/databases/sqlite/wal_format.hpp"
#include "providers/databases/sqlite/wal_index.hpp"

namespace holdfast {

struct LogMark {
    WalSalts salts{};                 // Which generation of the log: new ones with every reset.
    std::uint32_t frame = 0;          // Behind this frame; 0 where that generation had none yet.
    WalSum checksum{};                // Of that frame.
    std::uint32_t changes = 0;        // The wal-index's count of commits there.
    std::uint32_t page_bytes = 0;
    std::uint64_t pages = 0;          // Of the database there.
    std::uint64_t inode = 0;          // Of the database's file.
    Instant seen;                     // Nothing was committed behind it before this moment.
    Instant at;                       // The time that its last transaction was given.
    bool operator==(const LogMark&) const = default;
};

LogMark mark_of(const WalIndexHeader& header, std::uint32_t page_bytes, std::uint64_t pages, std::uint64_t inode, Instant seen);
std::string to_text(const LogMark& mark);
std::optional<LogMark> parse_log_mark(std::string_view text);

}  // namespace holdfast
