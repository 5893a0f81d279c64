// Puts pages of a file together: out of plain chunks, of page deltas with their bases, and of patches. One window of the
// file at a time: what a window holds is known before the first chunk is fetched, so each is fetched and opened once for it.
#pragma once

#include "engine/repository/page_delta.hpp"
#include "engine/repository/page_patches.hpp"

namespace holdfast {

struct PageOrigin {
    PointChunks* chunks = nullptr;         // Of the point.
    const PageMap* map = nullptr;          // Of the file.
    std::uint32_t page_bytes = 0;
    std::uint64_t per_chunk = 1;
    PagePatches* patches = nullptr;        // May be nothing.
    std::uint64_t pages() const { return patches != nullptr ? patches->pages() : map->pages(); }
};

// One thread at a time: make one per worker.
class PageAssembly {
public:
    // `keeps_chunks`: chunks come from and go to those that `origin.chunks` keeps, for small reads here and there; otherwise they
    // are fetched for this window alone, near ones together.
    PageAssembly(const PageOrigin& origin, bool keeps_chunks) : origin_(origin), keeps_chunks_(keeps_chunks) {}
    // Fills `out` with the pages from `first` on. Requires: they are in the file.
    void assemble(std::uint64_t first, std::span<std::byte> out);

private:
    // Some pages that one chunk gives: as they are, or one as a delta against a page of it.
    struct Use {
        PackSource::Located at;
        std::uint64_t page = 0, pages = 1;   // In the chunk.
        std::uint64_t target = 0;            // Page of the window.
        std::size_t frame = 0, frame_bytes = 0;   // In frames_; no bytes: plain.
    };
    void lay_patches(std::uint64_t first, std::uint64_t count);
    void take_patch(const PagePatch& patch, std::uint64_t target);
    void list_run(const MapRun& run, std::uint64_t first);
    void list_plain(const MapRun& run, std::uint64_t first);
    void list_deltas(std::uint64_t first);
    void take_deltas(const MapRun& run, const OpenedDeltas& deltas, std::uint64_t first);
    void add_delta(const NeededPack& pack, std::uint64_t address, std::uint64_t target, ByteView frame);
    void use_chunks();
    void put(const Use& use, ByteView chunk);
    std::span<std::byte> page_at(std::uint64_t target) { return out_.subspan(target * origin_.page_bytes, origin_.page_bytes); }
    bool is_patched(std::uint64_t target) const { return !patched_.empty() && patched_[target] != 0; }

    const PageOrigin origin_;
    const bool keeps_chunks_;
    ChunkTools tools_;
    PageDeltaDecoder decoder_;
    Bytes fetched_, plain_;
    std::span<std::byte> out_;
    std::vector<std::uint8_t> patched_;   // Per page of the window; empty: none is.
    std::vector<MapRun> delta_runs_;      // Of the window, each within one chunk of deltas.
    std::vector<Use> uses_;
    Bytes frames_;
};

}  // namespace holdfast
