// The bytes of SQLite's write-ahead log: a header of 32 bytes, then frames of 24 bytes and a page each, under one running
// checksum. Layout: SQLite's "Database File Format", section "The Write-Ahead Log".
#pragma once

#include <array>
#include <optional>

#include "engine/base/file.hpp"

namespace holdfast {

inline constexpr std::size_t kWalHeaderBytes = 32;
inline constexpr std::size_t kFrameHeaderBytes = 24;

using WalSalts = std::array<std::byte, 8>;
using WalSum = std::array<std::uint32_t, 2>;

std::uint32_t big_endian(const std::byte* at);
// Frames count from 1.
std::uint64_t frame_offset(std::uint32_t frame, std::uint32_t page_bytes);

// The running checksum over all that was added so far.
class WalChecksum {
public:
    WalChecksum() = default;
    // Does this log read words as big-endian? Goes on from `value`.
    explicit WalChecksum(bool big, WalSum value = {0, 0});

    void add(const std::byte* at, std::size_t bytes);   // A multiple of eight.
    void add_frame(const std::byte* frame, std::uint32_t page_bytes);
    bool is_stored_at(const std::byte* at) const;
    WalSum value() const { return sum_; }

private:
    std::uint32_t word(const std::byte* at) const;

    bool swap_ = false;
    WalSum sum_{0, 0};
};

// Proves frame after frame of one generation.
//
// Where a transaction spilled into the log and was rolled back to a savepoint, SQLite (3.40 does) can commit frames that
// have neither salt nor checksum: it meant to write them at the commit, and forgot. A crash would lose them; until then every
// reader of SQLite sees them, as none looks at checksums. So whoever reads under the wal-index may take them as well. The sum goes
// on behind them as if they were not there, or from zero.
class FrameChain {
public:
    FrameChain() = default;
    FrameChain(bool big, const WalSalts& salts, WalSum sum) : big_(big), salts_(salts), sum_(big, sum), stored_(sum) {}

    void accept_unsummed(bool accept) { accept_unsummed_ = accept; }
    // False where this frame does not follow.
    bool add(const std::byte* frame, std::uint32_t page_bytes);
    WalSum stored() const { return stored_; }             // As the last frame has it.
    bool may_be(const WalSum& sum) const { return sum == sum_.value() || sum == stored_; }

private:
    bool big_ = false, accept_unsummed_ = false;
    WalSalts salts_{};
    WalChecksum sum_;
    WalSum stored_{0, 0};
    bool behind_unsummed_ = false;
};

// The first 32 bytes.
struct WalFileHeader {
    bool big_endian_sums = false;
    std::uint32_t page_bytes = 0;
    WalSalts salts{};
    WalSum checksum{};          // What the first frame's goes on from.
};

// Returns nothing where these are not the 32 bytes that a log begins with, or their checksum is wrong; `why` then says which.
std::optional<WalFileHeader> parse_wal_header(ByteView bytes, std::string& why);

}  // namespace holdfast
