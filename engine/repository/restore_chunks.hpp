// Writes chunks to their places in a file: in parallel, in the order of packs, each fetched and opened once.
#pragma once

#include "engine/repository/image_reader.hpp"
#include "engine/repository/pack_source.hpp"

namespace holdfast {

// Bytes [skip, skip + bytes) of one entry go to `target` in the file.
struct ChunkPart {
    std::uint32_t pack = 0;
    std::uint32_t entry = 0;
    std::uint32_t skip = 0;
    std::uint32_t bytes = 0;
    std::uint64_t target = 0;
};

struct RestoreTask {
    PackSource* packs = nullptr;
    const PointMap* map = nullptr;
    const PointFile* file = nullptr;
    const FileMap* file_map = nullptr;
    std::uint64_t per_chunk = 1;   // Pages per chunk.
    bool delta = false;            // The target holds something: write only pages that differ.
    unsigned workers = 1;
};

// Returns how many bytes were written. The target has its length already; nothing is synced yet.
std::uint64_t restore_chunks(const RestoreTask& task, File& target, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
