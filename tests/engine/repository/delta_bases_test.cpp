#include "engine/repository/delta_bases.hpp"

#include "engine/repository/layout.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

using Runs = std::vector<BaseRun>;

Runs of(const DeltaBases& bases, std::uint32_t pack, std::uint32_t entry) {
    const auto found = bases.of(pack, entry);
    return {found.begin(), found.end()};
}
Bytes written(const DeltaBases& bases) {
    ByteWriter writer;
    write_delta_bases(writer, bases);
    return writer.take();
}
DeltaBases read(ByteView bytes, std::size_t packs) {
    ByteReader reader(bytes);
    DeltaBases bases = read_delta_bases(reader, packs);
    reader.expect_done();
    return bases;
}

DeltaBases some_bases() {
    DeltaBases bases;
    bases.add(2, 7, Runs{{0, 1, 3}});
    bases.add(1, 9, Runs{{0, 4, 1}, {3, 0, kPackEntriesMax}});
    bases.add(2, 3, Runs{{1, kPackEntriesMax - 1, 1}});
    bases.add(2, 7, Runs{{3, 3, 3}});
    bases.sort();
    return bases;
}

}  // namespace

TEST_CASE("bases are found by the entry that holds the deltas, in whatever order they came", "[repository][delta-bases]") {
    const DeltaBases bases = some_bases();
    CHECK(bases.chunks().size() == 3);
    CHECK(of(bases, 2, 7) == Runs{{0, 1, 3}});
    CHECK(of(bases, 1, 9) == Runs{{0, 4, 1}, {3, 0, kPackEntriesMax}});
    CHECK(of(bases, 2, 3) == Runs{{1, kPackEntriesMax - 1, 1}});
    CHECK(of(bases, 2, 4).empty());
    CHECK(of(bases, 0, 0).empty());
    CHECK(of(DeltaBases{}, 0, 0).empty());
}

TEST_CASE("entries that follow each other make one run", "[repository][delta-bases]") {
    CHECK(base_runs({{1, 5}, {0, 3}, {1, 4}, {1, 4}, {1, 7}, {0, 3}}) == Runs{{0, 3, 1}, {1, 4, 2}, {1, 7, 1}});
    CHECK(base_runs({}).empty());
}

TEST_CASE("bases are read as they were written", "[repository][delta-bases]") {
    const DeltaBases bases = some_bases();
    const DeltaBases again = read(written(bases), 4);
    CHECK(again.chunks().size() == bases.chunks().size());
    for (const DeltaBases::Chunk& chunk : bases.chunks()) CHECK(of(again, chunk.pack, chunk.entry) == of(bases, chunk.pack, chunk.entry));
}

TEST_CASE("bases of packs that are not listed, out of order or beyond a pack are refused", "[repository][delta-bases]") {
    const Bytes bytes = written(some_bases());
    CHECK(refuses([&] { read(bytes, 3); }));
    each_truncation(bytes, [&](const Bytes& cut) { REQUIRE(refuses([&] { read(cut, 4); })); });
    each_flipped_bit(bytes, [&](const Bytes& flipped) { refuses([&] { read(flipped, 4); }); });
    using Numbers = std::vector<std::uint64_t>;
    for (const Numbers& wrong : {Numbers{1, 0, 0, 0}, Numbers{1, 0, 0, 1, 0, 0, 0}, Numbers{1, 0, kPackEntriesMax, 1, 0, 0, 1}, Numbers{1, 0, 0, 1, 0, kPackEntriesMax, 1},
                                 Numbers{1, 0, 0, 1, 0, 1, kPackEntriesMax}, Numbers{2, 0, 5, 1, 0, 0, 1, 0, 5, 1, 0, 0, 1}, Numbers{2, 1, 0, 1, 0, 0, 1, 0, 9, 1, 0, 0, 1}}) {
        ByteWriter writer;
        for (const std::uint64_t number : wrong) writer.varint(number);
        CHECK(refuses([&] { read(writer.bytes(), 4); }));
    }
}
