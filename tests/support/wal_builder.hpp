// Writes PostgreSQL's write-ahead log for tests: pages, records across them, checksums; of any version from 13 to 18.
#pragma once

#include "providers/databases/postgres/wal_crc.hpp"
#include "providers/databases/postgres/wal_page.hpp"
#include "providers/databases/postgres/wal_record.hpp"

namespace holdfast {

class WalBuilder {
public:
    struct Options {
        unsigned version = 15;
        std::uint64_t system = 7301234567890123456;
        TimelineNumber timeline = 1;
        std::uint32_t segment_bytes = kWalSegmentBytesLeast;
        Lsn begin{0x1000000};
    };
    explicit WalBuilder(const Options& options) : options_(options) { begin_page(); }
    WalBuilder() : WalBuilder(Options{}) {}

    const Bytes& bytes() const { return bytes_; }
    Lsn end() const { return options_.begin + bytes_.size(); }
    const Options& options() const { return options_; }

    // Returns where it begins. `payload`: everything behind the record's header.
    Lsn record(WalSource source, std::uint8_t kind, std::uint32_t xid, ByteView payload) {
        while (bytes_.size() % 8 != 0) bytes_.push_back({});
        if (end().bytes % kWalPageBytes == 0) begin_page();
        const Lsn at = end();
        const auto total = static_cast<std::uint32_t>(kWalRecordHeaderBytes + payload.size());
        ByteWriter out;
        out.u32(total);
        out.u32(xid);
        out.u64(last_.bytes);
        out.u8(kind);
        out.u8(static_cast<std::uint8_t>(source));
        out.u16(0);
        Crc32c crc;
        crc.add(payload);
        crc.add(out.bytes());
        out.u32(crc.value());
        out.raw(payload);
        append(out.bytes());
        last_ = at;
        return at;
    }
    // One with the resource manager's words alone.
    Lsn plain(WalSource source, std::uint8_t kind, std::uint32_t xid, ByteView main) {
        ByteWriter out;
        if (main.size() < 256) {
            out.u8(255);
            out.u8(static_cast<std::uint8_t>(main.size()));
        } else {
            out.u8(254);
            out.u32(static_cast<std::uint32_t>(main.size()));
        }
        out.raw(main);
        return record(source, kind, xid, out.bytes());
    }
    Lsn commit(std::uint32_t xid, std::int64_t micros_since_1970) {
        ByteWriter main;
        main.u64(static_cast<std::uint64_t>(micros_since_1970 - 946'684'800'000'000));
        return plain(WalSource::Transaction, 0x00, xid, main.bytes());
    }
    Lsn restore_point(std::string name, std::int64_t micros_since_1970) {
        ByteWriter main;
        main.u64(static_cast<std::uint64_t>(micros_since_1970 - 946'684'800'000'000));
        name.resize(64);
        main.raw(as_bytes(name));
        return plain(WalSource::Log, 0x70, 0, main.bytes());
    }
    // As pg_switch_wal(): the rest of the segment is nothing.
    void switch_segment() {
        record(WalSource::Log, 0x40, 0, {});
        fill_segment();
    }
    void fill_segment() {
        while (end().bytes % options_.segment_bytes != 0) bytes_.push_back({});
    }
    // The server crashed in the middle of a record: the next page begins as if there had been none.
    void crash_inside_record() {
        record(WalSource::Heap, 0, 7, Bytes(3 * kWalPageBytes));
        const std::uint64_t past = end().bytes % kWalPageBytes;
        bytes_.resize(bytes_.size() - past);
        begin_page(0x0008);
    }

private:
    void begin_page(std::uint16_t flags = 0, std::uint32_t left = 0) {
        static constexpr std::uint16_t kMagics[] = {0xd106, 0xd10d, 0xd110, 0xd113, 0xd116, 0xd118};
        const bool is_long = end().bytes % options_.segment_bytes == 0;
        ByteWriter out;
        out.u16(kMagics[options_.version - 13]);
        out.u16(static_cast<std::uint16_t>(flags | (is_long ? 2 : 0)));
        out.u32(options_.timeline);
        out.u64(end().bytes);
        out.u32(left);
        out.u32(0);
        if (is_long) {
            out.u64(options_.system);
            out.u32(options_.segment_bytes);
            out.u32(kWalPageBytes);
        }
        bytes_.insert(bytes_.end(), out.bytes().begin(), out.bytes().end());
    }
    void append(ByteView record) {
        while (!record.empty()) {
            const std::uint64_t room = kWalPageBytes - end().bytes % kWalPageBytes;
            const ByteView part = record.first(std::min<std::uint64_t>(room, record.size()));
            bytes_.insert(bytes_.end(), part.begin(), part.end());
            record = record.subspan(part.size());
            if (!record.empty()) begin_page(0x0001, static_cast<std::uint32_t>(record.size()));
        }
    }

    Options options_;
    Bytes bytes_;
    Lsn last_;
};

}  // namespace holdfast
