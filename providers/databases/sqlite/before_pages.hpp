// The pages of a followed database as they stood before the transactions that are being given to a sink.
#pragma once

#include "engine/provider/image.hpp"
#include "providers/databases/sqlite/newest_frames.hpp"
#include "providers/databases/sqlite/wal_holds.hpp"
#include "providers/databases/sqlite/wal_tail.hpp"

namespace holdfast {

// What stands in memory about the transactions that were given so far.
struct GivenState {
    NewestFrames durable;              // The log's newest frame of each page, as of the last durable transaction.
    NewestFrames waiting;              // The same of what was given since.
    std::uint64_t pages_durable = 0;   // Of the database.
    std::uint64_t pages_least = 0;     // The fewest that it has had since.
    bool file_is_ours = false;         // The file holds nothing later than what was given (wal_holds.cpp).
};

class BeforePages final : public PageSource {
public:
    BeforePages(const WalHolds& holds, const WalTail& tail, const GivenState& state) : holds_(holds), tail_(tail), state_(state) {}
    // A page that was written, cut off or made since the last make_durable, or that a checkpoint may have replaced before capture
    // began, cannot be read: Error{Missing}.
    void read(std::uint64_t first_page, std::span<std::byte> out) override;

private:
    void read_page(std::uint32_t page, std::span<std::byte> out) const;

    const WalHolds& holds_;
    const WalTail& tail_;
    const GivenState& state_;
};

}  // namespace holdfast
