// Where the pages of a file are: runs of consecutive pages in consecutive places of one pack.
//
// A place is an address: entry number × pages per chunk + page inside the chunk. Chunks of page files
// hold `pages_per_chunk` pages (the last of a file or of an incremental fewer), so a run goes on from one
// entry into the next, and a whole full is one run per pack.
#pragma once

#include <vector>

#include "engine/base/bytes.hpp"

namespace holdfast {

struct MapRun {
    enum class Kind : std::uint8_t {
        Zero,      // Pages of zero bytes, stored nowhere.
        Stored,
        Unknown,   // Only in memory: a base's pages whose pack is gone.
    };
    Kind kind = Kind::Zero;
    std::uint32_t pack = 0;       // Number in the point's (or session's) table of packs.
    std::uint64_t first = 0;      // Page in the file.
    std::uint64_t count = 0;
    std::uint64_t address = 0;
    bool operator==(const MapRun&) const = default;
};

inline constexpr std::uint64_t kAddressMax = std::uint64_t{1} << 44;

class PageMap {
public:
    std::uint64_t pages() const { return pages_; }
    const std::vector<MapRun>& runs() const { return runs_; }
    // Appends after the last page; run.first is set here. Melts into the run before where it continues it.
    void append(MapRun run);
    // Appends pages [first, first + count) of `from`. Requires: it has them.
    void append_from(const PageMap& from, std::uint64_t first, std::uint64_t count);
    // Calls `visit` with the pieces of the runs that overlap [first, first + count), cut to it.
    template <typename Visit>
    void each_in(std::uint64_t first, std::uint64_t count, Visit&& visit) const;
    bool operator==(const PageMap&) const = default;

private:
    std::size_t run_at(std::uint64_t page) const;
    std::vector<MapRun> runs_;   // Sorted, without gaps.
    std::uint64_t pages_ = 0;
};

std::uint64_t pages_per_chunk(std::uint32_t extent_bytes, std::uint32_t page_bytes);

// FORMAT.md, "Page maps": some bytes a run, three where an incremental goes back and forth between its base and its own packs.
void write_page_map(ByteWriter& writer, const PageMap& map);
// Throws Corrupt where the runs do not add up to `pages` or name a pack beyond `packs`.
PageMap read_page_map(ByteReader& reader, std::uint64_t pages, std::size_t packs);

// The pieces of a stream, in order.
struct StreamPiece {
    std::uint32_t pack = 0;
    std::uint32_t entry = 0;
    std::uint32_t bytes = 0;
    bool operator==(const StreamPiece&) const = default;
};
void write_stream_map(ByteWriter& writer, const std::vector<StreamPiece>& pieces);
std::vector<StreamPiece> read_stream_map(ByteReader& reader, std::uint64_t bytes, std::size_t packs);

template <typename Visit>
void PageMap::each_in(std::uint64_t first, std::uint64_t count, Visit&& visit) const {
    if (count == 0) return;
    const std::uint64_t end = first + count;
    for (std::size_t i = run_at(first); i < runs_.size() && runs_[i].first < end; ++i) {
        MapRun piece = runs_[i];
        const std::uint64_t piece_end = std::min(piece.first + piece.count, end);
        if (piece.first < first) {
            piece.address += first - piece.first;
            piece.first = first;
        }
        piece.count = piece_end - piece.first;
        visit(static_cast<const MapRun&>(piece));
    }
}

}  // namespace holdfast
