// Takes the pages of one file: reads them with every core, finds those that differ from a base by their
// fingerprints, cuts what differs into chunks, and says where each page is now.
//
// Whole extents become chunks as they are, so that equal extents are found in any backup; scattered changed
// pages are gathered in page order into chunks of the same size, so that they compress well.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/repository/chunk_intake.hpp"
#include "engine/repository/fingerprint_cache.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/repository/page_map.hpp"

namespace holdfast {

// Fills `out` with the base's fingerprints; false where they cannot be read.
using ReadFingerprints = std::function<bool(std::uint64_t first_page, std::span<Fingerprint> out)>;

struct PageInput {
    PointFile file;
    const ReadPages* read = nullptr;
    const PageMap* base = nullptr;                      // Nothing: everything is new.
    ReadFingerprints base_fingerprints;                 // Empty: not known.
    const std::vector<PageRun>* changed = nullptr;      // Only these are read (and what the base cannot give).
    FingerprintFileWriter* fingerprints = nullptr;      // Where the new ones go.
};

struct PageOutput {
    PageMap map;
    std::uint64_t read_bytes = 0, changed_bytes = 0;
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
    class UnitTask;
    void read_slice(FileState& state, Slice& slice, unsigned worker);
    void absorb(FileState& state, Slice& slice);
    void gather(FileState& state, const Slice& slice, std::uint64_t first, std::uint64_t count);
    void flush_gathered(FileState& state);
    PageMap place_pages(const FileState& state) const;

    ChunkIntake& chunks_;
    Keyring& keys_;
    Progress& progress_;
    std::vector<Fingerprinter> fingerprinters_;   // One per worker.
    std::unique_ptr<OrderedWork> work_;           // Last: its tasks use everything above.
};

}  // namespace holdfast
