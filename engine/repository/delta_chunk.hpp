// The content of a pack entry of kind 1: some pages of a file as deltas, each against a page of a plain chunk.
#pragma once

#include <vector>

#include "engine/repository/layout.hpp"

namespace holdfast {

struct PageDelta {
    std::uint32_t pack = 0;        // In DeltaChunk::packs: where its base is …
    std::uint64_t address = 0;     // … entry × pages per chunk + page in the chunk, as in a page map.
    ByteView frame;                // page_delta.hpp.
};

struct DeltaChunk {
    std::vector<PackId> packs;     // As they were named when it was written: relocations are followed from there.
    std::vector<PageDelta> pages;  // At least one.
};

Bytes encode_delta_chunk(const DeltaChunk& chunk);
// The frames point into `content`. Throws Corrupt; `plain_bytes` is what the pack's footer says.
DeltaChunk decode_delta_chunk(ByteView content, std::uint64_t plain_bytes);

}  // namespace holdfast
