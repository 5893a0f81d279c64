// Cuts a stream where its content says so, so that an insertion moves only the chunks around it: a
// rolling "gear" hash (Xia and others, "FastCDC", USENIX ATC 2016) whose table comes from a secret key, so that the
// lengths of chunks tell nothing about known content.
#pragma once

#include <array>

#include "engine/base/bytes.hpp"
#include "engine/base/secret.hpp"

namespace holdfast {

class StreamCutter {
public:
    // `average` is a power of two. Chunks have a quarter to four times as many bytes (the last may be shorter).
    StreamCutter(const Secret& key, std::uint32_t average);
    std::size_t bytes_max() const { return bytes_max_; }
    // The length of the chunk that begins `window`. Requires: bytes_max() bytes, or all that is left of the stream.
    std::size_t cut(ByteView window) const;

private:
    std::array<std::uint64_t, 256> gear_{};
    std::size_t bytes_min_, average_, bytes_max_;
    std::uint64_t mask_before_, mask_after_;
};

}  // namespace holdfast
