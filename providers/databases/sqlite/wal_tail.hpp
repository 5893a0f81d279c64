// Reads a write-ahead log from one place on, transaction by transaction, and believes nothing that its salts and
// running checksum do not prove. It takes no locks: what keeps the log from being reset meanwhile is WalHolds' business,
// and where nothing does, a reader of this class notices.
#pragma once

#include <optional>

#include "engine/base/file.hpp"
#include "providers/databases/sqlite/newest_frames.hpp"
#include "providers/databases/sqlite/wal_format.hpp"

namespace holdfast {

// Behind a frame of one generation of the log.
struct WalPlace {
    WalSalts salts{};
    std::uint32_t frame = 0;
    WalSum checksum{};
    bool operator==(const WalPlace&) const = default;
};

// One committed transaction. Pages that it cut off are not among `frames`.
struct WalCommit {
    std::uint32_t last_frame = 0;
    std::uint32_t pages_after = 0;
    NewestFrames frames;
};

class WalTail {
public:
    // Throws Missing where there is no log.
    WalTail(const fs::path& wal, std::uint32_t page_bytes);

    // Goes to the beginning of the generation `salts`; false where the log does not begin with it.
    bool begin(const WalSalts& salts);
    // Goes behind a frame that is known; false where it is not there (any more).
    bool stand_behind(const WalPlace& place);
    // Stands behind a place that nothing is read after: its generation is over.
    void stay_behind(const WalPlace& place) { place_ = place; }
    const WalPlace& place() const { return place_; }
    std::uint32_t frames_in_file() const;      // Whatever they are.

    // Goes past the next transaction and returns it; nothing, and no step, where none that is proven ends at or before frame `end`.
    // `pinned`: the caller's read transaction keeps the log from being reset, and the wal-index says that the frames are
    // committed; then frames that SQLite left without a checksum are taken (FrameChain).
    std::optional<WalCommit> next(std::uint32_t end, bool pinned);
    // A page of the transaction that next() returned. Valid until the next call of anything here.
    ByteView page(std::uint32_t frame);
    // Where a transaction is too large to be kept, its pages are read a second time. False where they may have been others by
    // then: asked after the last of them in a log that nothing keeps from being reset.
    bool pages_were_right();

    // Reads one page's frame that was proven before. Thread-safe.
    void read_frame(std::uint32_t frame, std::span<std::byte> out) const;
    const File& file() const { return wal_; }

private:
    const std::byte* frame_at(std::uint32_t frame, std::uint32_t end);
    bool prove(FrameChain& chain, std::uint32_t first, std::uint32_t end, std::optional<WalCommit>* commit);
    std::optional<WalFileHeader> header() const;

    File wal_;
    std::uint32_t page_bytes_;
    WalPlace place_;
    FrameChain chain_;
    FrameChain before_;                  // As it was where the last transaction began,
    std::uint32_t first_ = 1;            // and that one's first frame.
    Bytes buffer_;
    std::uint32_t buffer_first_ = 1, buffer_frames_ = 0;
    Bytes page_;
    bool read_again_ = false;
};

}  // namespace holdfast
