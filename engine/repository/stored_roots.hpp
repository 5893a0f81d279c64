// Where the root of each page of a point's file is stored: the page as it stands plainly in a pack. For most pages that is
// what the point's map says; where the map has the page as a delta, it is that delta's base. Every delta (of an
// incremental, of a log) is made against a root, so that no delta ever stands on another.
#pragma once

#include <functional>
#include <span>

#include "engine/repository/point_chunks.hpp"

namespace holdfast {

struct RootPlace {
    const NeededPack* pack = nullptr;   // One of the point's; nothing: a page of zeros, stored nowhere.
    std::uint64_t address = 0;          // Entry × pages per chunk + page in the chunk, before relocations.
};

// Thread-safe.
class StoredRoots {
public:
    // `packs` and `point` must outlive it. Requires: file number `file` of the point has pages.
    StoredRoots(PackSource& packs, const OpenedPoint& point, std::size_t file, std::uint32_t extent_bytes);

    std::uint64_t pages() const { return map_.pages(); }
    std::uint32_t page_bytes() const { return page_bytes_; }
    std::uint64_t per_chunk() const { return per_chunk_; }

    // Calls `visit(page, place)` for the pages [first, first + count) in order. Reads what the store has of deltas among them.
    void places(std::uint64_t first, std::uint64_t count, const std::function<void(std::uint64_t page, const RootPlace& place)>& visit);

    // Reads pages from their places, each chunk once; calls `visit(index in places, bytes)` in the order
    // of the packs, not of `places`; `bytes` are good until it returns. Zero pages are given too.
    void read(std::span<const RootPlace> places, const std::function<void(std::size_t index, ByteView bytes)>& visit);

    // Where that place is now, after relocations.
    PackSource::Located locate(const RootPlace& place) { return chunks_.packs().locate(*place.pack, static_cast<std::uint32_t>(place.address / per_chunk_)); }

private:
    PointChunks chunks_;
    const PageMap& map_;
    std::uint32_t page_bytes_;
    std::uint64_t per_chunk_;
};

}  // namespace holdfast
