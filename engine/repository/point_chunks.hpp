// Opens the chunks of one point one by one and keeps the recent ones: for reading here and there. Thread-safe.
#pragma once

#include <list>

#include "engine/repository/delta_chunk.hpp"
#include "engine/repository/pack_source.hpp"

namespace holdfast {

// A chunk of page deltas, with the bytes that its frames point into.
struct OpenedDeltas {
    Bytes content;
    DeltaChunk chunk;
    std::vector<const NeededPack*> packs;   // Of chunk.packs: in the point that was asked.
};

class PointChunks {
public:
    // Both must outlive it.
    PointChunks(PackSource& packs, const PointMap& map);
    PackSource& packs() { return packs_; }
    const PointMap& map() const { return map_; }

    using Plain = std::shared_ptr<const Bytes>;           // Shared: a reader may still copy from one that was dropped here.
    using Deltas = std::shared_ptr<const OpenedDeltas>;   // The same.
    // Of a plain entry. Throws Corrupt where it holds deltas.
    Plain plain(const PackSource::Located& at);
    // Of an entry of page deltas, as the point's map names it.
    Deltas deltas(std::uint32_t pack, std::uint32_t entry);
    // Opens one that was fetched; it is not kept.
    Deltas open_deltas(const PackSource::Located& at, ByteView stored, ChunkTools& tools);

private:
    PackSource& packs_;
    const PointMap& map_;
    std::map<PackId, const NeededPack*> by_id_;
    std::mutex mutex_;
    template <typename Pack, typename Chunk>
    using Recent = std::list<std::pair<std::pair<Pack, std::uint32_t>, Chunk>>;   // Newest first.
    Recent<PackId, Plain> plain_;            // As they are located.
    Recent<std::uint32_t, Deltas> deltas_;   // As the point names them.
};

}  // namespace holdfast
