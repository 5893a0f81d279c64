// Takes the pages of one file: reads them with every core, finds those that differ from a base by their
// fingerprints, cuts what differs into chunks, and says where each page is now.
//
// Whole extents become chunks as they are, so that equal extents are found in any backup; scattered changed
// pages are gathered in page order into chunks of the same size, so that they compress well.
//
// Where the base's roots are at hand, changed pages are stored as deltas against them, gathered in the same way.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/repository/chunk_intake.hpp"
#include "engine/repository/fingerprint_cache.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/repository/page_delta.hpp"
#include "engine/repository/page_map.hpp"
#include "engine/repository/stored_roots.hpp"

namespace holdfast {

// Fills `out` with the base's fingerprints; false where they cannot be read.
using ReadFingerprints = std::function<bool(std::uint64_t first_page, std::span<Fingerprint> out)>;

// What changed pages may be coded against.
struct DeltaRoots {
    StoredRoots* pages = nullptr;
    std::function<std::optional<std::uint32_t>(const PackId&)> number_of;   // The session's; nothing: not to be relied on.
    std::function<PackId(std::uint32_t)> id_of;                             // The other way round.
};

struct PageInput {
    PointFile file;
    const ReadPages* read = nullptr;
    const PageMap* base = nullptr;                      // Nothing: everything is new.
    ReadFingerprints base_fingerprints;                 // Empty: not known.
    const std::vector<PageRun>* changed = nullptr;      // Only these are read (and what the base cannot give).
    FingerprintFileWriter* fingerprints = nullptr;      // Where the new ones go.
    std::optional<DeltaRoots> roots;                    // Nothing: all is stored plainly.
};

struct PageOutput {
    PageMap map;
    std::uint64_t read_bytes = 0, changed_bytes = 0;
    DeltaBases bases;                 // Of the chunks of deltas that were made.
    bool fingerprints_whole = true;   // False: some are not known; the cache file must not be kept.
};

class PageIntake {
public:
    PageIntake(ChunkIntake& chunks, Keyring& keys, unsigned workers, Progress& progress, CancelToken cancel);
    ~PageIntake();
    PageOutput take(const PageInput& input);

private:
    struct Slice;
    struct FileState;
    struct Worker;
    class UnitTask;
    void read_slice(FileState& state, Slice& slice, unsigned worker);
    void code_deltas(FileState& state, Slice& slice, unsigned worker);
    bool is_stored_already(FileState& state, const Slice& slice, unsigned worker);
    void absorb(FileState& state, Slice& slice);
    void gather(FileState& state, const Slice& slice, std::uint64_t first, std::uint64_t count);
    void gather_page(FileState& state, const Slice& slice, std::uint64_t page);
    void gather_delta(FileState& state, const Slice& slice, std::uint64_t page, std::size_t delta);
    void flush_gathered(FileState& state);
    void flush_deltas(FileState& state);

    ChunkIntake& chunks_;
    Keyring& keys_;
    Progress& progress_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unique_ptr<OrderedWork> work_;   // Last: its tasks use everything above.
};

}  // namespace holdfast
