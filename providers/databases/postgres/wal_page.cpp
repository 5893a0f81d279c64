#include "providers/databases/postgres/wal_page.hpp"

#include <array>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint16_t kFirstIsContinuation = 0x0001, kLongHeader = 0x0002, kFirstOverwritesContinuation = 0x0008;

struct Magic {
    std::uint16_t value;
    unsigned version;
};
constexpr std::array<Magic, 6> kMagics{{{0xd106, 13}, {0xd10d, 14}, {0xd110, 15}, {0xd113, 16}, {0xd116, 17}, {0xd118, 18}}};

unsigned version_of(std::uint16_t magic) {
    for (const Magic& known : kMagics) {
        if (known.value == magic) return known.version;
    }
    return 0;
}

}  // namespace

bool is_long_header(ByteView bytes) {
    ByteReader in(bytes.first(4));
    in.u16();
    return (in.u16() & kLongHeader) != 0;
}

std::optional<WalPageHeader> parse_wal_page(ByteView bytes, std::string& why) {
    ByteReader in(bytes, "a page of the write-ahead log");
    const std::uint16_t magic = in.u16(), flags = in.u16();
    WalPageHeader header;
    header.version = version_of(magic);
    if (header.version == 0) {
        why = magic == 0 ? "nothing was written there" : fmt::format("no PostgreSQL from 13 to 18 wrote it (magic {:04X})", magic);
        return std::nullopt;
    }
    header.continues_record = (flags & kFirstIsContinuation) != 0;
    header.gives_record_up = (flags & kFirstOverwritesContinuation) != 0;
    header.is_long = (flags & kLongHeader) != 0;
    header.timeline = in.u32();
    header.at = Lsn{in.u64()};
    header.left_of_record = in.u32();
    if (header.at.bytes % kWalPageBytes != 0 || header.timeline == 0) {
        why = "its header makes no sense";
        return std::nullopt;
    }
    if (!header.is_long) return header;
    in.u32();
    header.system = in.u64();
    header.segment_bytes = in.u32();
    const std::uint32_t page_bytes = in.u32();
    if (!is_wal_segment_size(header.segment_bytes) || page_bytes != kWalPageBytes) {
        why = fmt::format("it has segments of {} bytes and pages of {}", header.segment_bytes, page_bytes);
        return std::nullopt;
    }
    return header;
}

}  // namespace holdfast
