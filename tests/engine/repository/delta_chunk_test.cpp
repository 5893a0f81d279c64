#include "engine/repository/delta_chunk.hpp"

#include "engine/repository/page_map.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

constexpr std::uint64_t kPageBytes = 512;

DeltaChunk some_chunk(const Bytes& frames) {
    DeltaChunk chunk{.packs = {pack_id(1), pack_id(2)}, .pages = {}};
    for (std::uint32_t i = 0; i < 5; ++i) chunk.pages.push_back({i % 2, kAddressMax - i, ByteView(frames).subspan(i * 10, 7 + i)});
    return chunk;
}

bool same(const DeltaChunk& a, const DeltaChunk& b) {
    return a.packs == b.packs && std::ranges::equal(a.pages, b.pages, [](const PageDelta& x, const PageDelta& y) {
        return x.pack == y.pack && x.address == y.address && std::ranges::equal(x.frame, y.frame);
    });
}

}  // namespace

TEST_CASE("a chunk of deltas is read as it was written", "[repository][delta-chunk]") {
    const Bytes frames = random_content(100, 1);
    const DeltaChunk chunk = some_chunk(frames);
    const Bytes content = encode_delta_chunk(chunk);
    CHECK(same(decode_delta_chunk(content, 5 * kPageBytes), chunk));
}

TEST_CASE("a chunk of deltas that is cut short or goes on is refused", "[repository][delta-chunk]") {
    const Bytes frames = random_content(100, 1);
    const Bytes content = encode_delta_chunk(some_chunk(frames));
    each_truncation(content, [&](const Bytes& cut) { REQUIRE(refuses([&] { decode_delta_chunk(cut, 5 * kPageBytes); })); });
    Bytes longer = content;
    longer.push_back(std::byte{0});
    CHECK(refuses([&] { decode_delta_chunk(longer, 5 * kPageBytes); }));
    each_flipped_bit(content, [&](const Bytes& flipped) { refuses([&] { decode_delta_chunk(flipped, 5 * kPageBytes); }); });
}

TEST_CASE("a chunk of deltas holds whole pages whose bases are somewhere", "[repository][delta-chunk]") {
    const Bytes frames = random_content(100, 1);
    CHECK(refuses([&] { decode_delta_chunk(encode_delta_chunk(some_chunk(frames)), 5 * kPageBytes + 1); }));
    struct Case { std::uint64_t packs, pages, pack, address; };
    for (const Case& wrong : {Case{1, 0, 0, 0}, Case{1, 1, 1, 0}, Case{0, 1, 0, 0}, Case{1, 1, 0, kAddressMax + 1}, Case{1u << 30, 1, 0, 0}, Case{1, 1u << 30, 0, 0}}) {
        ByteWriter writer;
        writer.varint(wrong.packs);
        if (wrong.packs == 1) writer.raw(pack_id(1).bytes);
        writer.varint(wrong.pages);
        if (wrong.pages != 0) {
            writer.varint(wrong.pack);
            writer.varint(wrong.address);
            writer.sized(as_bytes("frame"));
        }
        CHECK(refuses([&] { decode_delta_chunk(writer.bytes(), kPageBytes); }));
    }
}
