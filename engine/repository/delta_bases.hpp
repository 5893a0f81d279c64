// Which entries of packs hold page deltas, as far as a point refers to them, and which plain entries those are made
// against: so that whoever keeps, copies or checks what a point needs knows of the bases without opening a chunk.
#pragma once

#include <span>
#include <vector>

#include "engine/base/bytes.hpp"

namespace holdfast {

// Consecutive plain entries of one pack. Packs are numbers in the table of whoever holds the list.
struct BaseRun {
    std::uint32_t pack = 0;
    std::uint32_t first = 0, count = 0;
    bool operator==(const BaseRun&) const = default;
};

class DeltaBases {
public:
    struct Chunk {
        std::uint32_t pack = 0, entry = 0;   // Of the deltas.
        std::size_t first_run = 0, runs = 0;
    };
    // In any order; sort() follows the last one, before anything is asked. Of one that comes twice the first stays.
    void add(std::uint32_t pack, std::uint32_t entry, std::span<const BaseRun> bases);
    void sort();
    // What an entry of deltas is made against; empty where the entry is plain.
    std::span<const BaseRun> of(std::uint32_t pack, std::uint32_t entry) const;
    bool empty() const { return chunks_.empty(); }
    const std::vector<Chunk>& chunks() const { return chunks_; }   // By pack, then entry.
    std::span<const BaseRun> bases(const Chunk& chunk) const { return std::span(runs_).subspan(chunk.first_run, chunk.runs); }

private:
    std::vector<Chunk> chunks_;
    std::vector<BaseRun> runs_;
};

// The runs of some entries of packs: sorted, each once.
std::vector<BaseRun> base_runs(std::vector<std::pair<std::uint32_t, std::uint32_t>> packs_and_entries);

// FORMAT.md, "Recovery points", tag 10 of a map.
void write_delta_bases(ByteWriter& writer, const DeltaBases& bases);
// Throws Corrupt where a pack is not below `packs`, or the list is not in order.
DeltaBases read_delta_bases(ByteReader& reader, std::size_t packs);

}  // namespace holdfast
