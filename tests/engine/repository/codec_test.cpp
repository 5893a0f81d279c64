#include "engine/repository/codec.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

struct Compressed {
    Codec codec = Codec::None;
    Bytes content;
};

Compressed compressed_by(CompressionKind kind, ByteView plain, std::optional<int> level = {}) {
    Compressed result;
    result.codec = ChunkCompressor(CompressionSpec{kind, level}).compress(plain, result.content);
    return result;
}

Bytes decompressed(Codec codec, ByteView stored, std::size_t size) {
    Bytes out(size);
    ChunkDecompressor().decompress(codec, stored, out);
    return out;
}

}  // namespace

TEST_CASE("every codec gives back the chunk that it compressed", "[repository][codec]") {
    const Bytes plain = repetitive_content(200'000);
    for (const auto& [kind, codec] : {std::pair{CompressionKind::Gzip, Codec::Gzip}, std::pair{CompressionKind::Zstd, Codec::Zstd}}) {
        const Compressed chunk = compressed_by(kind, plain);
        CHECK(chunk.codec == codec);
        CHECK(chunk.content.size() < plain.size() / 4);
        CHECK((decompressed(chunk.codec, chunk.content, plain.size()) == plain));
    }
    CHECK((decompressed(Codec::None, plain, plain.size()) == plain));
}

TEST_CASE("a chunk that compression does not make smaller is kept as it is", "[repository][codec]") {
    const Bytes noise = random_content(100'000, 1);
    for (const CompressionKind kind : {CompressionKind::None, CompressionKind::Gzip, CompressionKind::Zstd}) {
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{17}, noise.size()}) {
            const Compressed chunk = compressed_by(kind, ByteView(noise).first(size));
            CHECK(chunk.codec == Codec::None);
            CHECK(chunk.content.empty());
        }
    }
    CHECK(compressed_by(CompressionKind::None, repetitive_content(5000)).codec == Codec::None);
}

TEST_CASE("one compressor serves many chunks and each opens alone", "[repository][codec]") {
    std::mt19937_64 random(7);
    for (const CompressionKind kind : {CompressionKind::Gzip, CompressionKind::Zstd}) {
        ChunkCompressor compressor(CompressionSpec{kind, {}});
        ChunkDecompressor decompressor;
        Bytes content;
        for (int i = 0; i < 40; ++i) {
            const Bytes plain = repetitive_content(1 + random() % 30'000, random());
            const Codec codec = compressor.compress(plain, content);
            Bytes out(plain.size());
            decompressor.decompress(codec, codec == Codec::None ? plain : content, out);
            CHECK((out == plain));
        }
    }
}

TEST_CASE("a level that the kind does not know is refused", "[repository][codec]") {
    for (const int level : {-7, 1, 19}) CHECK_NOTHROW(compressed_by(CompressionKind::Zstd, repetitive_content(100), level));
    for (const int level : {1, 9}) CHECK_NOTHROW(compressed_by(CompressionKind::Gzip, repetitive_content(100), level));
    for (const int level : {-8, 20, 1000}) {
        CHECK(code_thrown_by([&] { compressed_by(CompressionKind::Zstd, {}, level); }) == ErrorCode::Usage);
    }
    for (const int level : {-1, 0, 10}) {
        CHECK(code_thrown_by([&] { compressed_by(CompressionKind::Gzip, {}, level); }) == ErrorCode::Usage);
    }
    CHECK_NOTHROW(compressed_by(CompressionKind::None, {}, 99));
}

TEST_CASE("a chunk that holds more or less than it should is damaged", "[repository][codec]") {
    const Bytes plain = repetitive_content(20'000);
    for (const CompressionKind kind : {CompressionKind::None, CompressionKind::Gzip, CompressionKind::Zstd}) {
        const Compressed chunk = compressed_by(kind, plain);
        const Bytes& stored = chunk.codec == Codec::None ? plain : chunk.content;
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, plain.size() - 1, plain.size() + 1, 2 * plain.size()}) {
            CHECK(code_thrown_by([&] { decompressed(chunk.codec, stored, size); }) == ErrorCode::Corrupt);
        }
        each_truncation(ByteView(stored).first(std::min<std::size_t>(stored.size(), 700)), [&](const Bytes& part) {
            CHECK(code_thrown_by([&] { decompressed(chunk.codec, part, plain.size()); }) == ErrorCode::Corrupt);
        });
        Bytes longer = stored;
        longer.push_back(std::byte{0});
        CHECK(code_thrown_by([&] { decompressed(chunk.codec, longer, plain.size()); }) == ErrorCode::Corrupt);
    }
}

TEST_CASE("rubbish never decompresses beyond the room that it was given", "[repository][codec]") {
    const Bytes plain = repetitive_content(1000);
    for (const CompressionKind kind : {CompressionKind::Gzip, CompressionKind::Zstd}) {
        const Compressed chunk = compressed_by(kind, plain);
        each_flipped_bit(chunk.content, [&](const Bytes& flipped) {
            Bytes out(plain.size() + 16, std::byte{0x77});
            CHECK_FALSE(refuses([&] {
                try {
                    ChunkDecompressor().decompress(chunk.codec, flipped, std::span(out).first(plain.size()));
                } catch (const Error& error) {
                    if (error.code != ErrorCode::Corrupt) throw;
                }
            }));
            CHECK(std::all_of(out.end() - 16, out.end(), [](std::byte each) { return each == std::byte{0x77}; }));
        });
    }
    CHECK(code_thrown_by([&] { decompressed(static_cast<Codec>(3), plain, plain.size()); }) == ErrorCode::Unavailable);
}

TEST_CASE("bodies come back whether they compress or not", "[repository][codec]") {
    for (const Bytes& plain : {Bytes{}, random_content(1, 1), random_content(5000, 2), repetitive_content(500'000), Bytes(1u << 20)}) {
        CHECK((unpack_body(pack_body(plain), plain.size(), "body") == plain));
        CHECK((unpack_body(pack_body(plain, 1), 1u << 30, "body") == plain));
    }
}

TEST_CASE("a body larger than allowed is refused before memory is taken for it", "[repository][codec]") {
    const Bytes body = pack_body(repetitive_content(10'000));
    CHECK(code_thrown_by([&] { unpack_body(body, 9'999, "body"); }) == ErrorCode::Corrupt);
    ByteWriter huge;
    huge.u8(static_cast<std::uint8_t>(Codec::Zstd));
    huge.varint(~std::uint64_t{0});
    huge.raw(Bytes(10));
    CHECK(code_thrown_by([&] { unpack_body(huge.bytes(), ~std::uint64_t{0}, "body"); }) == ErrorCode::Corrupt);
}

TEST_CASE("a body that is cut anywhere is refused", "[repository][codec]") {
    const Bytes body = pack_body(repetitive_content(3000));
    each_truncation(body, [&](const Bytes& part) { CHECK(refuses([&] { unpack_body(part, 1u << 20, "body"); })); });
    each_flipped_bit(body, [&](const Bytes& flipped) { refuses([&] { unpack_body(flipped, 1u << 20, "body"); }); });
}

TEST_CASE("without a level text is stored nearly as small as with level 3", "[repository]") {
    std::string text;
    for (unsigned i = 0; text.size() < 256u << 10; ++i) {
        text += "order " + std::to_string(i * 2654435761u) + " of customer " + std::to_string(i * 40503u % 10007) + " was delivered on day " + std::to_string(i * 7919u % 365) + "; ";
    }
    const auto stored = [&](std::optional<int> level) {
        Bytes out;
        CHECK(ChunkCompressor(CompressionSpec{CompressionKind::Zstd, level}).compress(as_bytes(text), out) == Codec::Zstd);
        return out.size();
    };
    CHECK(static_cast<double>(stored(std::nullopt)) < 1.1 * static_cast<double>(stored(3)));
}
