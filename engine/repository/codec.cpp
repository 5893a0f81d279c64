#include "engine/repository/codec.hpp"

#include <zlib.h>
#include <zstd.h>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

struct FreeCompressor { void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); } };
struct FreeDecompressor { void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); } };

constexpr int kGzipWindow = 15 + 16;   // zlib's way to ask for the gzip wrapper.

Bytef* zlib_bytes(std::span<std::byte> bytes) { return reinterpret_cast<Bytef*>(bytes.data()); }
Bytef* zlib_input(ByteView bytes) { return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data())); }

void set_zstd(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
    HOLDFAST_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) == 0);
}

// Returns the compressed size, 0 where it would not fit into `out`.
std::size_t gzip_into(int level, ByteView plain, std::span<std::byte> out) {
    z_stream stream{};
    HOLDFAST_CHECK(deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = zlib_input(plain);
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = zlib_bytes(out);
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    const std::size_t size = result == Z_STREAM_END ? out.size() - stream.avail_out : 0;
    deflateEnd(&stream);
    return size;
}

bool gunzip_into(ByteView stored, std::span<std::byte> out) {
    z_stream stream{};
    HOLDFAST_CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
    stream.next_in = zlib_input(stored);
    stream.avail_in = static_cast<uInt>(stored.size());
    stream.next_out = zlib_bytes(out);
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_FINISH);
    const bool whole = result == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
    inflateEnd(&stream);
    return whole;
}

}  // namespace

struct ChunkCompressor::State {
    CompressionKind kind = CompressionKind::None;
    int level = 0;
    std::unique_ptr<ZSTD_CCtx, FreeCompressor> zstd;
};

ChunkCompressor::ChunkCompressor(const CompressionSpec& spec) : state_(std::make_unique<State>()) {
    state_->kind = spec.kind;
    const bool gzip = spec.kind == CompressionKind::Gzip;
    state_->level = spec.level.value_or(gzip ? kGzipLevelDefault : kZstdLevelDefault);
    const auto [least, most] = gzip ? std::pair{1, 9} : std::pair{-7, 19};
    if (spec.kind != CompressionKind::None && (state_->level < least || state_->level > most)) {
        throw Error(ErrorCode::Usage, fmt::format("{} has no level {}", name_of(spec.kind), state_->level),
                    fmt::format("Choose a level from {} to {}.", least, most));
    }
    if (spec.kind == CompressionKind::Zstd) {
        state_->zstd.reset(ZSTD_createCCtx());
        HOLDFAST_CHECK(state_->zstd != nullptr);
        set_zstd(state_->zstd.get(), ZSTD_c_compressionLevel, state_->level);
        if (!spec.level) {
            // On chunks of 256 KiB of database pages as small as level 3 and as fast as level 1.
            set_zstd(state_->zstd.get(), ZSTD_c_hashLog, 16);
            set_zstd(state_->zstd.get(), ZSTD_c_minMatch, 5);
        }
    }
}
ChunkCompressor::ChunkCompressor(ChunkCompressor&&) noexcept = default;
ChunkCompressor::~ChunkCompressor() = default;

Codec ChunkCompressor::compress(ByteView plain, Bytes& out) {
    const std::size_t worth_it = plain.size() - plain.size() / 32;
    std::size_t size = 0;
    if (state_->kind == CompressionKind::Zstd) {
        out.resize(ZSTD_compressBound(plain.size()));
        size = ZSTD_compress2(state_->zstd.get(), out.data(), out.size(), plain.data(), plain.size());
        HOLDFAST_CHECK(ZSTD_isError(size) == 0);
    } else if (state_->kind == CompressionKind::Gzip) {
        out.resize(plain.size() + 64);
        size = gzip_into(state_->level, plain, out);
    }
    if (size == 0 || size > worth_it) {
        out.clear();
        return Codec::None;
    }
    out.resize(size);
    return state_->kind == CompressionKind::Zstd ? Codec::Zstd : Codec::Gzip;
}

struct ChunkDecompressor::State {
    std::unique_ptr<ZSTD_DCtx, FreeDecompressor> zstd{ZSTD_createDCtx()};
};

ChunkDecompressor::ChunkDecompressor() : state_(std::make_unique<State>()) {}
ChunkDecompressor::ChunkDecompressor(ChunkDecompressor&&) noexcept = default;
ChunkDecompressor::~ChunkDecompressor() = default;

void ChunkDecompressor::decompress(Codec codec, ByteView stored, std::span<std::byte> out) {
    bool good = false;
    switch (codec) {
    case Codec::None:
        good = stored.size() == out.size();
        if (good) std::ranges::copy(stored, out.begin());
        break;
    case Codec::Gzip:
        good = gunzip_into(stored, out);
        break;
    case Codec::Zstd: {
        const std::size_t size = ZSTD_decompressDCtx(state_->zstd.get(), out.data(), out.size(), stored.data(), stored.size());
        good = ZSTD_isError(size) == 0 && size == out.size();
        break;
    }
    default:
        throw Error(ErrorCode::Unavailable, fmt::format("compression {} is not known to this version", static_cast<int>(codec)),
                    "Use the newest version of runbook for this repository.");
    }
    if (!good) throw Error(ErrorCode::Corrupt, "a chunk does not decompress to what it should");
}

Bytes pack_body(ByteView plain, int zstd_level) {
    ChunkCompressor compressor(CompressionSpec{CompressionKind::Zstd, zstd_level});
    Bytes compressed;
    const Codec codec = compressor.compress(plain, compressed);
    ByteWriter body;
    body.u8(static_cast<std::uint8_t>(codec));
    body.varint(plain.size());
    body.raw(codec == Codec::None ? plain : ByteView(compressed));
    return body.take();
}

Bytes unpack_body(ByteView body, std::uint64_t bytes_max, std::string_view what) {
    ByteReader reader(body, what);
    const auto codec = static_cast<Codec>(reader.u8());
    const std::uint64_t size = reader.varint();
    // zstd squeezes at most some 2^17 to one: a length that could not be true is refused before memory is taken for it.
    if (size > bytes_max || size / (1u << 17) > reader.left()) {
        throw Error(ErrorCode::Corrupt, fmt::format("{} says it holds {} bytes", what, size));
    }
    Bytes plain(static_cast<std::size_t>(size));
    ChunkDecompressor().decompress(codec, reader.raw(reader.left()), plain);
    return plain;
}

}  // namespace holdfast
