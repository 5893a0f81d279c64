// Any bytes at all: they are a server's write-ahead log, whole or from some page on, or they are refused. Records come out the same
// whatever fragments they come in. The first byte says how long the fragments are.
#include <cstdlib>

#include "engine/base/error.hpp"
#include "providers/databases/postgres/wal_events.hpp"
#include "providers/databases/postgres/wal_records.hpp"

namespace {

using namespace holdfast;

struct Seen {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> records;
    bool refused = false;
    bool operator==(const Seen&) const = default;
};

void look_into(const WalRecord& record) {
    try {
        transaction_end_in(record);
        relation_cut_in(record);
        timeline_mark_in(record);
        database_change_in(record);
        restore_point_in(record);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Corrupt) std::abort();
    }
}

Seen read(ByteView bytes, std::size_t fragment) {
    Seen seen;
    WalRecords records(Lsn{0x1000000}, kWalSegmentBytesLeast);
    try {
        for (std::size_t at = 0; at < bytes.size(); at += fragment) {
            records.feed(bytes.subspan(at, std::min(fragment, bytes.size() - at)), [&](const WalRecord& record) {
                seen.records.emplace_back(record.at.bytes, record.end.bytes);
                look_into(record);
            });
        }
    } catch (const Error& error) {
        if (error.code != ErrorCode::Corrupt) std::abort();
        seen.refused = true;
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const ByteView bytes = std::as_bytes(std::span(data, size)).subspan(1);
    if (read(bytes, bytes.size()) != read(bytes, data[0] + std::size_t{1})) std::abort();
    const std::string_view text = as_text(bytes);
    if (const auto name = parse_wal_file_name(text)) segment_of(*name, kWalSegmentBytesLeast);
    try {
        parse_timeline_history(text);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Corrupt) std::abort();
    }
    return 0;
}
