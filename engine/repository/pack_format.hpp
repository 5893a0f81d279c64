// packs/…: a header, sealed chunks back to back, a sealed footer that says what and where they are, a trailer.
#pragma once

#include <optional>
#include <vector>

#include "engine/repository/layout.hpp"

namespace holdfast {

enum class EntryKind : std::uint8_t {
    Plain = 0,
    PageDelta = 1,   // delta_chunk.hpp.
};

struct PackEntry {
    EntryKind kind = EntryKind::Plain;
    Codec codec = Codec::None;
    Digest identity{};
    std::uint64_t offset = 0;        // In the pack; follows from the stored lengths before it.
    std::uint32_t stored_bytes = 0;  // With the tag.
    std::uint32_t plain_bytes = 0;
};

struct PackContents {
    PackId id;
    KeyId owner;               // The data key that its key is derived from.
    std::uint64_t bytes = 0;   // Of the whole object.
    std::vector<PackEntry> entries;
};

Bytes encode_pack_header(Suite suite, const PackId& pack, const KeyId& owner);
Bytes encode_pack_footer(const std::vector<PackEntry>& entries);
Bytes encode_pack_trailer(std::uint32_t footer_bytes);
// The sealed footer's length. Throws Corrupt; bounded by the pack's size.
std::uint32_t decode_pack_trailer(ByteView trailer, std::uint64_t pack_bytes);
// Checks that the entries fill exactly the room between header and footer. Throws Corrupt, or Unavailable for an entry that needs a newer version.
std::vector<PackEntry> decode_pack_footer(ByteView plain, std::uint64_t entries_end);

// One entry, as it stands in footers and in index objects. Its offset is not written.
void write_pack_entry(ByteWriter& writer, const PackEntry& entry);
PackEntry read_pack_entry(ByteReader& reader, std::uint64_t offset);

// What a chunk's piece is sealed with: the pack's id, then its identity.
std::array<std::byte, 48> chunk_associated(const PackId& pack, const Digest& identity);

}  // namespace holdfast
