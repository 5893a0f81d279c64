#include "engine/repository/pack_format.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/seal.hpp"
#include "engine/repository/piece_cipher.hpp"

namespace holdfast {

Bytes encode_pack_header(Suite suite, const PackId& pack, const KeyId& owner) {
    ByteWriter header;
    write_magic(header, kPackMagic);
    header.u8(static_cast<std::uint8_t>(suite));
    for (int i = 0; i < 7; ++i) header.u8(0);
    header.raw(pack.bytes);
    header.raw(owner.bytes);
    while (header.size() < kPackHeaderBytes) header.u8(0);
    return header.take();
}

void write_pack_entry(ByteWriter& writer, const PackEntry& entry) {
    ByteWriter record;
    record.u8(static_cast<std::uint8_t>(entry.kind));
    record.u8(static_cast<std::uint8_t>(entry.codec));
    record.raw(entry.identity);
    record.varint(entry.stored_bytes);
    record.varint(entry.plain_bytes);
    writer.sized(record.bytes());
}

PackEntry read_pack_entry(ByteReader& reader, std::uint64_t offset) {
    ByteReader record(reader.sized(), "pack entry");
    PackEntry entry;
    entry.kind = static_cast<EntryKind>(record.u8());
    entry.codec = static_cast<Codec>(record.u8());
    const ByteView identity = record.raw(entry.identity.size());
    std::ranges::copy(identity, entry.identity.begin());
    const std::uint64_t stored = record.varint();
    const std::uint64_t plain = record.varint();
    if (plain == 0 || plain > kChunkBytesMax || stored < kSealOverheadBytes || stored > kChunkBytesMax + kSealOverheadBytes) {
        throw Error(ErrorCode::Corrupt, fmt::format("a pack entry of {} bytes stored as {}", plain, stored));
    }
    entry.offset = offset;
    entry.stored_bytes = static_cast<std::uint32_t>(stored);
    entry.plain_bytes = static_cast<std::uint32_t>(plain);
    return entry;   // What a later version adds to the record is left unread.
}

Bytes encode_pack_footer(const std::vector<PackEntry>& entries) {
    ByteWriter footer;
    footer.varint(entries.size());
    for (const PackEntry& entry : entries) write_pack_entry(footer, entry);
    return footer.take();
}

Bytes encode_pack_trailer(std::uint32_t footer_bytes) {
    ByteWriter trailer;
    trailer.u32(footer_bytes);
    trailer.u32(0);
    write_magic(trailer, kPackEndMagic);
    return trailer.take();
}

std::uint32_t decode_pack_trailer(ByteView bytes, std::uint64_t pack_bytes) {
    ByteReader trailer(bytes, "pack trailer");
    const std::uint32_t footer_bytes = trailer.u32();
    if (trailer.u32() != 0) throw Error(ErrorCode::Corrupt, "a pack trailer with a bit that must not be set");
    expect_magic(trailer, kPackEndMagic, "pack trailer");
    trailer.expect_done();
    if (footer_bytes < kSealOverheadBytes || footer_bytes > kPackFooterBytesMax ||
        footer_bytes + kPackHeaderBytes + kPackTrailerBytes > pack_bytes) {
        throw Error(ErrorCode::Corrupt, fmt::format("a pack of {} bytes with a footer of {}", pack_bytes, footer_bytes));
    }
    return footer_bytes;
}

std::vector<PackEntry> decode_pack_footer(ByteView plain, std::uint64_t entries_end) {
    ByteReader footer(plain, "pack footer");
    constexpr std::size_t kEntryBytesLeast = 37;
    const std::size_t count = footer.count(kEntryBytesLeast);
    if (count > kPackEntriesMax) throw Error(ErrorCode::Corrupt, "a pack with too many entries");
    std::vector<PackEntry> entries;
    entries.reserve(count);
    std::uint64_t offset = kPackHeaderBytes;
    for (std::size_t i = 0; i < count; ++i) {
        entries.push_back(read_pack_entry(footer, offset));
        offset += entries.back().stored_bytes;
    }
    footer.expect_done();
    if (offset != entries_end) throw Error(ErrorCode::Corrupt, "a pack whose entries do not fill it");
    return entries;
}

std::array<std::byte, 48> chunk_associated(const PackId& pack, const Digest& identity) {
    std::array<std::byte, 48> associated{};
    std::ranges::copy(pack.bytes, associated.begin());
    std::ranges::copy(identity, associated.begin() + 16);
    return associated;
}

}  // namespace holdfast
