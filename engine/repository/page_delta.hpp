// Codes one page against an earlier version of it: a zstd frame that has the earlier page as its prefix. FORMAT.md, "Page
// deltas", says what is in the frame.
//
// A delta alone is worth nothing: who keeps one keeps its base, stored plainly.
#pragma once

#include <memory>

#include "engine/base/bytes.hpp"

namespace holdfast {

inline constexpr std::size_t kDeltaPageBytesLeast = 512, kDeltaPageBytesMax = 64u << 10;   // What databases have.

// Holds some 100 KiB of state; one thread at a time, make one per worker.
class PageDeltaEncoder {
public:
    PageDeltaEncoder();
    PageDeltaEncoder(PageDeltaEncoder&&) noexcept;
    ~PageDeltaEncoder();
    // Fills `out` with the frame; false, and `out` empty, where it would have half the page's size or more.
    // Requires: both have the same size, kDeltaPageBytesLeast to kDeltaPageBytesMax, and do not overlap.
    bool encode(ByteView page, ByteView base, Bytes& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// One thread at a time. Takes no more memory than `out` has, whatever the frame says.
class PageDeltaDecoder {
public:
    PageDeltaDecoder();
    PageDeltaDecoder(PageDeltaDecoder&&) noexcept;
    ~PageDeltaDecoder();
    // Fills exactly `out`. Throws Error{Corrupt} where the frame holds more, less or rubbish. What comes out of a sound frame
    // with another base is not found out here: frames and bases are bound to each other by seals and identities.
    void decode(ByteView frame, ByteView base, std::span<std::byte> out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast
