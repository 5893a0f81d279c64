#include "engine/repository/delta_chunk.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/repository/page_map.hpp"

namespace holdfast {

Bytes encode_delta_chunk(const DeltaChunk& chunk) {
    HOLDFAST_CHECK(!chunk.pages.empty());
    ByteWriter writer;
    writer.varint(chunk.packs.size());
    for (const PackId& pack : chunk.packs) writer.raw(pack.bytes);
    writer.varint(chunk.pages.size());
    for (const PageDelta& page : chunk.pages) {
        HOLDFAST_CHECK(page.pack < chunk.packs.size());
        writer.varint(page.pack);
        writer.varint(page.address);
        writer.sized(page.frame);
    }
    return writer.take();
}

DeltaChunk decode_delta_chunk(ByteView content, std::uint64_t plain_bytes) {
    ByteReader reader(content, "chunk of page deltas");
    DeltaChunk chunk;
    for (std::size_t left = reader.count(16); left > 0; --left) chunk.packs.push_back(id_from_bytes<PackId>(reader.raw(16)));
    const std::size_t pages = reader.count(3);
    if (pages == 0 || plain_bytes % pages != 0) throw Error(ErrorCode::Corrupt, "a chunk of page deltas that is not of whole pages");
    chunk.pages.reserve(pages);
    for (std::size_t i = 0; i < pages; ++i) {
        PageDelta page;
        const std::uint64_t pack = reader.varint();
        page.address = reader.varint();
        page.frame = reader.sized();
        if (pack >= chunk.packs.size() || page.address > kAddressMax) throw Error(ErrorCode::Corrupt, "a page delta whose base is nowhere");
        page.pack = static_cast<std::uint32_t>(pack);
        chunk.pages.push_back(page);
    }
    reader.expect_done();
    return chunk;
}

}  // namespace holdfast
