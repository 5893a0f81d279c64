#include "engine/repository/chunk_intake.hpp"

#include "engine/base/check.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kBufferBytesLeast = 1u << 20;

// The largest chunk: an extent, a page where that is larger, or the longest piece of a stream.
std::size_t buffer_bytes(const RepositorySettings& settings) {
    return std::max({kBufferBytesLeast, std::size_t{settings.extent_bytes}, std::size_t{settings.stream_chunk_bytes} * 4});
}

}  // namespace

struct ChunkIntake::Worker {
    Hmac hmac;
    ChunkCompressor compressor;
};

class ChunkIntake::ChunkTask final : public OrderedWork::Task {
public:
    ChunkTask(ChunkIntake& intake, Buffer plain, std::size_t bytes, Bytes deltas)
        : intake_(intake), plain_(std::move(plain)), bytes_(bytes), deltas_(std::move(deltas)) {}
    ~ChunkTask() override { intake_.buffers_.give_back(std::move(plain_)); }

    void run(unsigned worker) override {
        Worker& tools = *intake_.workers_[worker];
        identity_ = tools.hmac.of(plain());
        if (is_delta() || intake_.parts_.index->find(identity_)) return;
        codec_ = tools.compressor.compress(plain(), compressed_);
    }

    void finish() override {
        // Asked again, in order: the same content may have been appended since run().
        auto place = is_delta() ? std::nullopt : intake_.parts_.index->find(identity_);
        if (place) intake_.deduplicated_bytes_ += bytes_;
        else place = append();
        intake_.places_.push_back(*place);
    }

private:
    ByteView plain() const { return {plain_.get(), bytes_}; }
    bool is_delta() const { return !deltas_.empty(); }
    ByteView content() const {
        if (is_delta()) return deltas_;
        return codec_ == Codec::None ? plain() : ByteView(compressed_);
    }

    ChunkPlace append() {
        PackSink& sink = *intake_.parts_.sink;
        const auto placed = sink.append({.kind = is_delta() ? EntryKind::PageDelta : EntryKind::Plain,
                                         .identity = identity_,
                                         .codec = codec_,
                                         .plain_bytes = static_cast<std::uint32_t>(bytes_),
                                         .content = content()});
        const ChunkPlace place{intake_.parts_.numbers->number_of(placed.pack, sink.owner()), placed.entry};
        if (!is_delta()) intake_.parts_.index->insert(identity_, place);
        return place;
    }

    ChunkIntake& intake_;
    Buffer plain_;
    std::size_t bytes_;
    Digest identity_{};
    Codec codec_ = Codec::None;
    Bytes compressed_;
    Bytes deltas_;   // Empty: the chunk is stored plainly.
};

ChunkIntake::ChunkIntake(const ChunkIntakeParts& parts, const CompressionSpec& compression, unsigned workers, CancelToken cancel)
    : parts_(parts), buffers_(buffer_bytes(parts.keys->settings())) {
    for (unsigned i = 0; i < workers; ++i) {
        workers_.push_back(std::unique_ptr<Worker>(new Worker{Hmac(parts.keys->identity_key()), ChunkCompressor(compression)}));
    }
    work_ = std::make_unique<OrderedWork>(workers, workers * 4 + 4, std::move(cancel));
}

ChunkIntake::~ChunkIntake() = default;

std::size_t ChunkIntake::submit(Buffer plain, std::size_t bytes) {
    HOLDFAST_CHECK(bytes > 0 && bytes <= buffers_.bytes());
    return submit_task(std::make_unique<ChunkTask>(*this, std::move(plain), bytes, Bytes{}));
}

std::size_t ChunkIntake::submit_deltas(Buffer plain, std::size_t bytes, Bytes content) {
    HOLDFAST_CHECK(bytes > 0 && bytes <= buffers_.bytes() && !content.empty());
    return submit_task(std::make_unique<ChunkTask>(*this, std::move(plain), bytes, std::move(content)));
}

std::size_t ChunkIntake::submit_task(std::unique_ptr<OrderedWork::Task> task) {
    work_->submit(std::move(task));
    return tickets_++;
}

void ChunkIntake::forget_places() {
    places_.clear();
    tickets_ = 0;
}

}  // namespace holdfast
