// LogWriter over a store: codes page versions, gathers them into pieces, and puts one piece after the other.
#pragma once

#include "engine/crypto/hash.hpp"
#include "engine/repository/log_chain.hpp"
#include "engine/repository/log_roots.hpp"

namespace holdfast {

// Reads a page of the base point. False where that would take too long just now.
using ReadRoot = std::function<bool(std::uint64_t page, std::span<std::byte> out)>;

struct LogWriterLimits {
    std::uint64_t piece_bytes = 8u << 20;      // What waits beyond this is put on its own.
    std::uint64_t waiting_bytes = 64u << 20;   // What cannot be put is kept up to this.
    std::uint64_t root_bytes = 256u << 20;     // Root pages kept aside.
};

class StreamWriter final : public LogWriter {
public:
    // Goes on behind `end` (of a new stream: no pieces). `touched`: the pages that transactions of the stream have written.
    StreamWriter(const LogPlace& place, const KeyId& owner, LogEnd end, PageSet touched, ReadRoot read_root, const LogWriterLimits& limits = {});
    const LogStreamFacts& facts() const override { return facts_; }
    void add_page(std::uint64_t page, ByteView bytes, const ReadPages& before) override;
    void commit(Instant at, Instant not_before, std::uint64_t pages_after, const std::string& mark) override;
    void announce() override;
    void make_durable() override;
    std::uint64_t waiting_bytes() const override { return (attempt_ ? attempt_->object.size() : 0) + building_.bytes(); }

private:
    // A piece that is ready but may not be in the store yet: it is put as it is until it is there.
    struct Attempt {
        LogPieceName name;
        Bytes object;
        std::vector<LogCommit> commits;
        std::string mark;
    };
    bool root_of(std::uint64_t page, const ReadPages& before);
    bool root_at_hand(std::uint64_t page, const ReadPages& before);
    void put_some();
    void put();
    void seal();
    void store_attempt();
    void require_alone(const LogPieceName& mine);

    LogPlace place_;
    KeyId owner_;
    LogWriterLimits limits_;
    LogStreamHead head_;
    LogStreamFacts facts_;
    ReadRoot read_root_;
    FrameCoder coder_;
    RootPages roots_;
    PageSet touched_;
    std::uint64_t pages_least_;                // Pages from here on were cut off once: what was before is not the base's.
    LogPieceBuilder building_;
    std::optional<Attempt> attempt_;
    // Behind all that was added.
    std::uint64_t next_piece_, next_transaction_ = 1;
    LogLink link_;
    std::string mark_;
    Instant last_at_;
    // The open transaction.
    std::uint64_t open_versions_ = 0;          // In the piece that is being built.
    Sha256 open_hash_;
    Duration alone_since_{0};                  // By the steady clock: nobody else had gone on with the stream then.
    std::optional<Error> lost_;                // Another writer goes on with the stream: there is no way back.
    Bytes root_, frame_;
};

}  // namespace holdfast
