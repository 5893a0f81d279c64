// Turns plain chunks into places in packs: hash, known already?, compress, seal, append. Chunks come in
// order and get their places in order; hashing and compressing use every core.
#pragma once

#include <atomic>

#include "engine/repository/buffer_pool.hpp"
#include "engine/repository/chunk_index.hpp"
#include "engine/repository/codec.hpp"
#include "engine/repository/ordered_work.hpp"
#include "engine/repository/pack_sink.hpp"

namespace holdfast {

struct ChunkIntakeParts {
    Keyring* keys = nullptr;
    ChunkIndex* index = nullptr;
    PackNumbers* numbers = nullptr;
    PackSink* sink = nullptr;
};

class ChunkIntake {
public:
    ChunkIntake(const ChunkIntakeParts& parts, const CompressionSpec& compression, unsigned workers, CancelToken cancel);
    ~ChunkIntake();

    // Returns the chunk's ticket; its place stands at places()[ticket] after drain(). One thread at a time.
    std::size_t submit(Buffer plain, std::size_t bytes);
    // The same of pages that are stored as deltas: `content` (delta_chunk.hpp) stands for them. Deduplication never finds those.
    std::size_t submit_deltas(Buffer plain, std::size_t bytes, Bytes content);
    void drain() { work_->drain(); }
    // Requires: drain(). Emptied, with tickets from 0 again, by forget_places().
    const std::vector<ChunkPlace>& places() const { return places_; }
    void forget_places();

    const ChunkIndex& index() const { return *parts_.index; }
    BufferPool& buffers() { return buffers_; }
    std::uint64_t deduplicated_bytes() const { return deduplicated_bytes_; }

private:
    struct Worker;
    class ChunkTask;
    std::size_t submit_task(std::unique_ptr<OrderedWork::Task> task);
    ChunkIntakeParts parts_;
    BufferPool buffers_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::size_t tickets_ = 0;
    std::vector<ChunkPlace> places_;
    std::atomic<std::uint64_t> deduplicated_bytes_ = 0;
    std::unique_ptr<OrderedWork> work_;   // Last: its tasks use everything above.
};

}  // namespace holdfast
