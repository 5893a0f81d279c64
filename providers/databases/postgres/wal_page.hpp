// The header that each page of 8 KiB of the write-ahead log begins with; a segment's first page has a long one.
// Source: PostgreSQL's xlog_internal.h (XLogPageHeaderData, XLogLongPageHeaderData).
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/model/wal_names.hpp"

namespace holdfast {

inline constexpr std::size_t kWalShortHeaderBytes = 24, kWalLongHeaderBytes = 40;

struct WalPageHeader {
    unsigned version = 0;                  // Major version of the server that wrote it: 13 … 18.
    bool continues_record = false;         // A record goes on here …
    std::uint32_t left_of_record = 0;      // … of which so many bytes are left.
    bool gives_record_up = false;          // The record that was begun before is never finished: the server crashed in it.
    TimelineNumber timeline = 0;
    Lsn at;
    bool is_long = false;
    std::uint64_t system = 0;              // Of a long one.
    std::uint32_t segment_bytes = 0;
    std::size_t bytes() const { return is_long ? kWalLongHeaderBytes : kWalShortHeaderBytes; }
};

// Returns nothing where these are not the bytes that a page begins with; `why` then says what is wrong. Requires: 24 bytes, and 40
// where is_long_header() says so.
std::optional<WalPageHeader> parse_wal_page(ByteView bytes, std::string& why);
// Of the first four bytes.
bool is_long_header(ByteView bytes);

}  // namespace holdfast
