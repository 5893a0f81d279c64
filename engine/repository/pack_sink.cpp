#include "engine/repository/pack_sink.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kBufferBytes = 1u << 20;
constexpr std::size_t kWaitingMax = 2;

}  // namespace

struct PackSink::OpenPack {
    PackContents contents;
    PieceCipher cipher;
    Bytes header;
    std::unique_ptr<Upload> upload;
    Bytes buffer;                  // Sealed, not yet given to the upload.
    std::uint64_t bytes = 0;       // With what is in the buffer.
};

struct PackSink::Finished {
    std::unique_ptr<Upload> upload;
    PackContents contents;
};

PackSink::PackSink(Store& store, Keyring& keys, const KeyId& owner)
    : store_(store), keys_(keys), owner_(owner), committer_([this](const std::stop_token& stop) { commit_packs(stop); }) {}

PackSink::~PackSink() = default;

void PackSink::begin_pack() {
    const auto id = random_id<PackId>();
    const auto key = keys_.pack_key(owner_, id);
    if (!key) throw Error(ErrorCode::Changed, "this database's data key was destroyed while the backup ran", "Run the backup again.");
    open_.reset(new OpenPack{.contents = {.id = id, .owner = owner_, .bytes = 0, .entries = {}},
                             .cipher = PieceCipher(keys_.suite(), *key),
                             .header = encode_pack_header(keys_.suite(), id, owner_),
                             .upload = store_.begin_upload(pack_object(id)),
                             .buffer = {},
                             .bytes = kPackHeaderBytes});
    open_->buffer.reserve(kBufferBytes + kChunkBytesMax);
    open_->buffer = open_->header;
}

PackSink::Placed PackSink::append(const NewChunk& chunk) {
    rethrow_failure();
    try {
        return append_to_pack(chunk);
    } catch (...) {   // A pack that failed halfway takes nothing more: no byte is uploaded and no nonce used a second time.
        note_failure();
        throw;
    }
}

PackSink::Placed PackSink::append_to_pack(const NewChunk& chunk) {
    if (!open_) begin_pack();
    std::vector<PackEntry>& entries = open_->contents.entries;
    const auto number = static_cast<std::uint32_t>(entries.size());
    const std::size_t sealed_bytes = chunk.content.size() + kSealOverheadBytes;
    const std::size_t at = open_->buffer.size();
    open_->buffer.resize(at + sealed_bytes);
    // The nonce is the entry's number: each number is given out once, here, under a key that only this pack has.
    open_->cipher.seal(number, chunk_associated(open_->contents.id, chunk.identity), chunk.content, std::span(open_->buffer).subspan(at));
    entries.push_back({.kind = chunk.kind,
                       .codec = chunk.codec,
                       .identity = chunk.identity,
                       .offset = open_->bytes,
                       .stored_bytes = static_cast<std::uint32_t>(sealed_bytes),
                       .plain_bytes = chunk.plain_bytes});
    open_->bytes += sealed_bytes;
    const Placed placed{open_->contents.id, number};
    if (open_->buffer.size() >= kBufferBytes) flush_buffer();
    if (open_->bytes >= keys_.settings().pack_bytes || entries.size() == kPackEntriesMax) close_pack();
    return placed;
}

void PackSink::flush_buffer() {
    open_->upload->append(open_->buffer);
    open_->buffer.clear();
}

void PackSink::close_pack() {
    const Bytes footer = open_->cipher.seal(kFooterNonce, open_->header, encode_pack_footer(open_->contents.entries));
    const Bytes trailer = encode_pack_trailer(static_cast<std::uint32_t>(footer.size()));
    open_->buffer.insert(open_->buffer.end(), footer.begin(), footer.end());
    open_->buffer.insert(open_->buffer.end(), trailer.begin(), trailer.end());
    flush_buffer();
    open_->contents.bytes = open_->bytes + footer.size() + trailer.size();
    stored_bytes_ += open_->contents.bytes;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < kWaitingMax || failure_; });
    waiting_.push_back({std::move(open_->upload), std::move(open_->contents)});
    lock.unlock();
    changed_.notify_all();
    open_.reset();
}

void PackSink::finish() {
    rethrow_failure();
    try {
        if (open_) close_pack();
    } catch (...) {   // As in append().
        note_failure();
        throw;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || (waiting_.empty() && !committing_); });
    lock.unlock();
    rethrow_failure();
}

std::vector<PackContents> PackSink::take_durable() {
    const std::lock_guard lock(mutex_);
    return std::exchange(durable_, {});
}

void PackSink::commit_packs(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return !waiting_.empty(); }) && !stop.stop_requested()) {
        Finished pack = std::move(waiting_.front());
        waiting_.pop_front();
        committing_ = true;
        lock.unlock();
        commit_one(pack);
        lock.lock();
        committing_ = false;
        changed_.notify_all();
    }
}

void PackSink::commit_one(Finished& pack) {
    try {
        fault_point("repository.pack.before");
        if (!pack.upload->commit()) throw Error(ErrorCode::AlreadyExists, "a new pack's name is taken");
        fault_point("repository.pack.after");
        const std::lock_guard lock(mutex_);
        durable_.push_back(std::move(pack.contents));
    } catch (...) {   // Anything at all is carried to the thread that appends.
        note_failure();
    }
}

// Requires: an exception is being handled.
void PackSink::note_failure() {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
}

void PackSink::rethrow_failure() {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
}

}  // namespace holdfast
