#include "engine/repository/point_chunks.hpp"

#include "engine/repository/page_delta.hpp"
#include "tests/engine/repository/page_deltas.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// A full of 200 pages and an incremental with deltas.
struct ChunkBench : Workbench {
    ChunkBench() {
        for (std::size_t page = 0; page < 200; page += 8) change_row(second, page, page);
        point = incremental(second, full(first).point.id);
    }
    Bytes first = text_pages(200, 1), second = first;
    PointManifest point;
};

}  // namespace

TEST_CASE("chunks that were opened lately are not fetched again", "[repository][point-chunks]") {
    ChunkBench bench;
    OpenedForTest opened(bench.store, bench.point);
    PointChunks chunks(opened.source, opened.point.map);
    const DeltaBases::Chunk& deltas = opened.point.map.bases.chunks().at(0);
    const BaseRun base = opened.point.map.bases.bases(deltas).front();
    const auto at = opened.source.locate(opened.point.map.packs[base.pack], base.first);
    const auto first_deltas = chunks.deltas(deltas.pack, deltas.entry);
    const auto first_plain = chunks.plain(at);
    const std::uint64_t fetched = opened.source.fetched_bytes();
    CHECK(chunks.deltas(deltas.pack, deltas.entry) == first_deltas);
    CHECK(chunks.plain(at) == first_plain);
    CHECK(opened.source.fetched_bytes() == fetched);
}

TEST_CASE("a delta and its base, opened apart, give the page", "[repository][point-chunks]") {
    ChunkBench bench;
    OpenedForTest opened(bench.store, bench.point);
    PointChunks chunks(opened.source, opened.point.map);
    const DeltaBases::Chunk& place = opened.point.map.bases.chunks().at(0);
    const auto deltas = chunks.deltas(place.pack, place.entry);
    const PageDelta& delta = deltas->chunk.pages.at(0);   // Of page 0, the first that changed.
    const auto base = chunks.plain(opened.source.locate(*deltas->packs.at(delta.pack), static_cast<std::uint32_t>(delta.address / opened.per_chunk())));
    Bytes page(kPage);
    PageDeltaDecoder().decode(delta.frame, ByteView(*base).subspan(delta.address % opened.per_chunk() * kPage, kPage), page);
    CHECK((page == to_bytes(ByteView(bench.second).first(kPage))));
}

TEST_CASE("deltas are not taken for plain bytes, and need a pack that the point lists", "[repository][point-chunks]") {
    ChunkBench bench;
    OpenedForTest opened(bench.store, bench.point);
    PointChunks chunks(opened.source, opened.point.map);
    const DeltaBases::Chunk place = opened.point.map.bases.chunks().at(0);
    const BaseRun base = opened.point.map.bases.bases(place).front();
    CHECK(code_thrown_by([&] { chunks.plain(opened.source.locate(opened.point.map.packs[place.pack], place.entry)); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([&] { chunks.deltas(base.pack, base.first); }) == ErrorCode::Corrupt);
    opened.point.map.packs[base.pack].id = random_id<PackId>();
    PointChunks without(opened.source, opened.point.map);
    CHECK(code_thrown_by([&] { without.deltas(place.pack, place.entry); }) == ErrorCode::Corrupt);
}
