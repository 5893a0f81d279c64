// Compresses and restores one chunk: none, gzip (RFC 1952) or zstd (RFC 8878).
#pragma once

#include <memory>

#include "engine/model/policy.hpp"
#include "engine/repository/layout.hpp"

namespace holdfast {

inline constexpr int kZstdLevelDefault = 1;   // Two cores then keep up with a disk. With larger tables than level 1 has (codec.cpp).
inline constexpr int kGzipLevelDefault = 1;

// Holds the compressor's state; one thread at a time, make one per worker.
class ChunkCompressor {
public:
    // Throws Error{Usage} for a level the kind does not know (zstd: -7…19, gzip: 1…9).
    explicit ChunkCompressor(const CompressionSpec& spec);
    ChunkCompressor(ChunkCompressor&&) noexcept;
    ~ChunkCompressor();
    // Fills `out` and returns its codec; Codec::None (and `out` empty) where compressing saves less than a thirty-second.
    Codec compress(ByteView plain, Bytes& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

class ChunkDecompressor {
public:
    ChunkDecompressor();
    ChunkDecompressor(ChunkDecompressor&&) noexcept;
    ~ChunkDecompressor();
    // Fills exactly `out`; throws Error{Corrupt} where the chunk holds more, less or rubbish, Error{Unavailable} for an unknown codec.
    void decompress(Codec codec, ByteView stored, std::span<std::byte> out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// A body that may be large and repetitive (maps, indexes): codec byte, varint plain length, content.
Bytes pack_body(ByteView plain, int zstd_level = 6);
// Throws Error{Corrupt} for one that says it is larger than `bytes_max`.
Bytes unpack_body(ByteView body, std::uint64_t bytes_max, std::string_view what);

}  // namespace holdfast
