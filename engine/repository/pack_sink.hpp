// Takes chunks in order, seals them into packs and uploads those: one pack is filled while the ones
// before it are made durable in the background.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "engine/repository/keyring.hpp"
#include "engine/repository/pack_format.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

struct NewChunk {
    EntryKind kind = EntryKind::Plain;
    Digest identity{};
    Codec codec = Codec::None;
    std::uint32_t plain_bytes = 0;
    ByteView content;   // Compressed as `codec` says, or page deltas.
};

class PackSink {
public:
    struct Placed {
        PackId pack;
        std::uint32_t entry = 0;
    };

    PackSink(Store& store, Keyring& keys, const KeyId& owner);
    ~PackSink();   // Not finished: what is not durable yet is dropped.
    PackSink(const PackSink&) = delete;
    PackSink& operator=(const PackSink&) = delete;

    // One thread at a time. Throws what went wrong in the background too; after a failure always that.
    Placed append(const NewChunk& chunk);
    // Closes the last pack and waits until all are durable.
    void finish();
    // The packs that became durable since the last call, in order.
    std::vector<PackContents> take_durable();
    std::uint64_t stored_bytes() const { return stored_bytes_; }
    const KeyId& owner() const { return owner_; }

private:
    struct OpenPack;
    struct Finished;
    Placed append_to_pack(const NewChunk& chunk);
    void begin_pack();
    void flush_buffer();
    void close_pack();
    void commit_packs(const std::stop_token& stop);
    void commit_one(Finished& pack);
    void note_failure();
    void rethrow_failure();

    Store& store_;
    Keyring& keys_;
    KeyId owner_;
    std::unique_ptr<OpenPack> open_;
    std::uint64_t stored_bytes_ = 0;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Finished> waiting_;
    bool committing_ = false;
    std::vector<PackContents> durable_;
    std::exception_ptr failure_;
    std::jthread committer_;   // Last: it uses everything above.
};

}  // namespace holdfast
