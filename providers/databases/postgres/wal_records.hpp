// Puts the records of a write-ahead log together again from its bytes, however these come: in fragments of any length, records across
// pages and segments, beginning at a segment's first byte or behind any record. Each record's CRC is checked; nothing that the bytes say
// is believed before it fits.
#pragma once

#include <functional>
#include <string>

#include "providers/databases/postgres/wal_crc.hpp"
#include "providers/databases/postgres/wal_page.hpp"
#include "providers/databases/postgres/wal_record.hpp"

namespace holdfast {

class WalRecords {
public:
    // The first byte that feed() gets stands at `begin`: the first of a page, or behind a record (resume_at() of an earlier reader).
    WalRecords(Lsn begin, std::uint32_t segment_bytes) : at_(begin), segment_bytes_(segment_bytes) {}
    // The version is learnt from the first page; who begins inside one has to say it.
    void assume_version(unsigned version) { version_ = version; }

    using Visit = std::function<void(const WalRecord&)>;
    // Calls `visit` for each record that ends in `bytes`; a record lives as long as the call. Throws Corrupt where a record's CRC is right
    // and what is in it makes no sense, or a page says that it is another one's (also of another cluster or timeline, see below).
    void feed(ByteView bytes, const Visit& visit);

    Lsn at() const { return at_; }                     // Behind all that was fed.
    // From where an earlier reader's successor must be fed, so that it misses no record.
    Lsn resume_at() const;
    unsigned version() const { return version_; }      // 0: not known yet.
    std::uint64_t cluster() const { return system_; }  // Of the last long header; 0: there was none.
    TimelineNumber timeline() const { return timeline_; }
    // Why there are no records from here to the next segment; empty: there are. A partial segment ends so, and one that the server
    // switched away from.
    const std::string& ended() const { return ended_; }
    Lsn ended_at() const { return ended_at_; }         // Where that is; of meaning where ended() is not empty.

private:
    void take_header(ByteView& bytes);
    void begin_page(const WalPageHeader& header);
    void take_content(ByteView bytes, const Visit& visit);
    std::size_t take_part(ByteView bytes, const Visit& visit);
    std::size_t begin_record(ByteView bytes, const Visit& visit);
    std::size_t go_on_with_record(ByteView bytes, const Visit& visit);
    void finish_record(ByteView whole, bool sound, const Visit& visit);
    void end(Lsn at, std::string why);
    bool knows_length() const { return record_.size() >= 4; }

    Lsn at_;
    std::uint32_t segment_bytes_;
    unsigned version_ = 0;
    std::uint64_t system_ = 0;
    TimelineNumber timeline_ = 0;
    Bytes header_;                     // Of a page whose header is not whole yet.
    bool skip_segment_ = false;        // Nothing more in this segment.
    std::string ended_;
    Lsn ended_at_;
    std::uint64_t foreign_left_ = 0;   // Of a record whose beginning was not fed.
    // The record that is not whole yet: its beginning (all of it up to kKeptBytes), how long it is, how much was fed.
    Lsn record_at_;
    Bytes record_;
    std::uint64_t record_bytes_ = 0, record_fed_ = 0;
    Crc32c body_;                      // Over what of the record stands behind its header.
    Lsn last_;                         // The last whole record; 0: none yet.
};

}  // namespace holdfast
