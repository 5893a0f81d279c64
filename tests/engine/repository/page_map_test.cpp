#include "engine/repository/page_map.hpp"

#include "engine/repository/layout.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

using Kind = MapRun::Kind;

MapRun stored(std::uint32_t pack, std::uint64_t address, std::uint64_t count) {
    return {.kind = Kind::Stored, .pack = pack, .first = 0, .count = count, .address = address};
}
MapRun zeros(std::uint64_t count) { return {.kind = Kind::Zero, .pack = 0, .first = 0, .count = count, .address = 0}; }

// Where one page is, as a plain array would have it.
struct Place {
    Kind kind = Kind::Zero;
    std::uint32_t pack = 0;
    std::uint64_t address = 0;
    bool operator==(const Place&) const = default;
};
using Model = std::vector<Place>;

void append_to(Model& model, const MapRun& run) {
    for (std::uint64_t i = 0; i < run.count; ++i) {
        model.push_back(run.kind == Kind::Stored ? Place{run.kind, run.pack, run.address + i} : Place{run.kind, 0, 0});
    }
}

Model model_of(const PageMap& map) {
    Model model;
    for (const MapRun& run : map.runs()) {
        REQUIRE(run.first == model.size());
        append_to(model, run);
    }
    REQUIRE(model.size() == map.pages());
    return model;
}

Bytes written(const PageMap& map) {
    ByteWriter writer;
    write_page_map(writer, map);
    return writer.take();
}
PageMap read_back(ByteView bytes, std::uint64_t pages, std::size_t packs) {
    ByteReader reader(bytes, "map");
    PageMap map = read_page_map(reader, pages, packs);
    reader.expect_done();
    return map;
}

MapRun random_run(std::mt19937_64& random, const Model& model) {
    const std::uint64_t count = 1 + random() % 9;
    const auto pack = static_cast<std::uint32_t>(random() % 4);
    switch (random() % 4) {
    case 0: return zeros(count);
    case 1:   // Goes on where some earlier page was.
        if (!model.empty()) {
            const Place& place = model[random() % model.size()];
            if (place.kind == Kind::Stored) return stored(place.pack, place.address + 1, count);
        }
        [[fallthrough]];
    case 2: return stored(pack, 1000 + model.size(), count);   // As far in the pack as in the file.
    default: return stored(pack, random() % (kAddressMax - 100), count);
    }
}

Bytes map_bytes(std::initializer_list<std::uint64_t> numbers) {
    ByteWriter writer;
    for (const std::uint64_t number : numbers) writer.varint(number);
    return writer.take();
}

}  // namespace

TEST_CASE("runs that continue each other become one", "[repository][page-map]") {
    PageMap map;
    map.append(stored(0, 10, 5));
    map.append(stored(0, 15, 5));
    map.append(zeros(3));
    map.append(zeros(4));
    map.append(stored(0, 20, 1));
    map.append(stored(1, 21, 1));
    map.append(stored(1, 23, 1));
    map.append(stored(1, 99, 0));
    REQUIRE(map.runs().size() == 5);
    CHECK(map.runs()[0].count == 10);
    CHECK(map.runs()[1] == MapRun{.kind = Kind::Zero, .pack = 0, .first = 10, .count = 7, .address = 0});
    CHECK(map.pages() == 20);
}

TEST_CASE("a whole full takes a few bytes and an incremental three bytes a change", "[repository][page-map]") {
    PageMap full;
    for (std::uint32_t pack = 0; pack < 3; ++pack) full.append(stored(pack, 0, 100'000));
    CHECK(written(full).size() < 25);
    PageMap incremental;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        incremental.append_from(full, i * 100, 99);
        incremental.append(stored(3, i, 1));
    }
    CHECK(incremental.pages() == 100'000);
    CHECK(written(incremental).size() < 6 * 1000 + 30);
    CHECK(read_back(written(incremental), 100'000, 4) == incremental);
}

TEST_CASE("maps of random runs agree with a plain array", "[repository][page-map]") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        std::mt19937_64 random(seed);
        PageMap map;
        Model model;
        for (std::uint64_t runs = random() % 60; runs > 0; --runs) {
            const MapRun run = random_run(random, model);
            map.append(run);
            append_to(model, run);
        }
        CHECK(model_of(map) == model);
        CHECK(read_back(written(map), map.pages(), 4) == map);
    }
}

TEST_CASE("any part of a map is that part of the array", "[repository][page-map]") {
    for (std::uint64_t seed = 100; seed < 130; ++seed) {
        std::mt19937_64 random(seed);
        PageMap map;
        Model model;
        for (int i = 0; i < 30; ++i) {
            MapRun run = random_run(random, model);
            if (random() % 8 == 0) run = {.kind = Kind::Unknown, .pack = 0, .first = 0, .count = run.count, .address = 0};
            map.append(run);
            append_to(model, run);
        }
        for (int i = 0; i < 50; ++i) {
            const std::uint64_t first = random() % (model.size() + 1), count = random() % (model.size() - first + 1);
            PageMap part;
            part.append_from(map, first, count);
            CHECK(model_of(part) == Model(model.begin() + static_cast<std::ptrdiff_t>(first), model.begin() + static_cast<std::ptrdiff_t>(first + count)));
            std::uint64_t at = first;
            map.each_in(first, count, [&](const MapRun& piece) {
                CHECK(piece.first == at);
                at += piece.count;
            });
            CHECK(at == first + count);
        }
    }
}

TEST_CASE("equal places make equal maps however they were put together", "[repository][page-map]") {
    PageMap whole, pieces, from;
    whole.append(zeros(10));
    whole.append(stored(1, 5, 10));
    from.append(zeros(100));
    pieces.append_from(from, 40, 10);   // Cut out of the middle.
    pieces.append(stored(1, 5, 4));
    pieces.append(stored(1, 9, 6));
    CHECK(pieces == whole);
}

TEST_CASE("a map that is cut anywhere is refused", "[repository][page-map]") {
    PageMap map;
    map.append(stored(0, 1000, 5));
    map.append(zeros(300));
    map.append(stored(1, 7, 5));
    map.append(stored(0, 1005, 1));
    map.append(stored(1, 13, 20));
    const Bytes bytes = written(map);
    each_truncation(bytes, [&](const Bytes& part) { CHECK(refuses([&] { read_back(part, map.pages(), 2); })); });
    each_flipped_bit(bytes, [&](const Bytes& flipped) {
        refuses([&] {
            const PageMap other = read_back(flipped, map.pages(), 2);
            CHECK(other.pages() == map.pages());
            for (const MapRun& run : other.runs()) CHECK(run.pack < 2);
        });
    });
    CHECK(refuses([&] { read_back(bytes, map.pages() + 1, 2); }));
    CHECK(refuses([&] { read_back(bytes, map.pages() - 1, 2); }));
    CHECK(refuses([&] { read_back(bytes, map.pages(), 1); }));
}

TEST_CASE("counts and addresses of runs are checked before they are believed", "[repository][page-map]") {
    const auto code_of = [](std::initializer_list<std::uint64_t> numbers, std::uint64_t pages) {
        return code_thrown_by([&] { read_back(map_bytes(numbers), pages, 2); });
    };
    constexpr std::uint64_t kHuge = ~std::uint64_t{0};
    CHECK_FALSE(code_of({1, 8 << 2 | 3, 1, kAddressMax}, 8));
    CHECK(code_of({1, 8 << 2 | 3, 1, kAddressMax + 1}, 8) == ErrorCode::Corrupt);
    CHECK(code_of({1, 8 << 2 | 3, 1, kHuge}, 8) == ErrorCode::Corrupt);
    CHECK(code_of({kHuge, 8 << 2}, 8) == ErrorCode::Corrupt);                 // So many runs.
    CHECK(code_of({1, kHuge}, 8) == ErrorCode::Corrupt);                      // So many pages.
    CHECK(code_of({1, 0 << 2}, 0) == ErrorCode::Corrupt);                     // A run of nothing.
    CHECK(code_of({1, 8 << 2 | 3, 2, 0}, 8) == ErrorCode::Corrupt);           // No such pack.
    CHECK(code_of({1, 8 << 2 | 3, kHuge, 0}, 8) == ErrorCode::Corrupt);
    CHECK(code_of({1, 8 << 2 | 1, 0}, 8) == ErrorCode::Corrupt);              // Continues what was not begun.
    CHECK(code_of({1, 8 << 2 | 2, 0}, 8) == ErrorCode::Corrupt);
    CHECK(code_of({2, 4 << 2 | 3, 0, kAddressMax, 4 << 2 | 1, 0}, 8) == ErrorCode::Corrupt);   // Runs out of every pack.
    CHECK(code_of({3, 4 << 2 | 3, 0, kAddressMax - 4, 4 << 2, 4 << 2 | 2, 0}, 12) == ErrorCode::Corrupt);
    CHECK_FALSE(code_of({0}, 0));
    CHECK(code_of({0}, 1) == ErrorCode::Corrupt);
}

TEST_CASE("pages per chunk is at least one", "[repository][page-map]") {
    CHECK(pages_per_chunk(256u << 10, 4096) == 64);
    CHECK(pages_per_chunk(64u << 10, 65536) == 1);
    CHECK(pages_per_chunk(64u << 10, 1u << 20) == 1);
    CHECK(pages_per_chunk(100, 30) == 3);
}

TEST_CASE("the pieces of a stream come back in order", "[repository][page-map]") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        std::mt19937_64 random(seed);
        std::vector<StreamPiece> pieces;
        std::uint64_t bytes = 0;
        for (std::uint64_t left = random() % 50; left > 0; --left) {
            StreamPiece piece{static_cast<std::uint32_t>(random() % 3), static_cast<std::uint32_t>(random() % 1000), static_cast<std::uint32_t>(1 + random() % kChunkBytesMax)};
            if (!pieces.empty() && random() % 2 == 0) piece.pack = pieces.back().pack, piece.entry = pieces.back().entry + 1;
            bytes += piece.bytes;
            pieces.push_back(piece);
        }
        ByteWriter writer;
        write_stream_map(writer, pieces);
        ByteReader reader(writer.bytes(), "map");
        CHECK(read_stream_map(reader, bytes, 3) == pieces);
        CHECK(reader.done());
    }
}

TEST_CASE("a stream map that is cut or says too much is refused", "[repository][page-map]") {
    const std::vector<StreamPiece> pieces{{0, 5, 100}, {0, 6, 1000}, {1, 0, 70'000}, {0, 7, 1}};
    ByteWriter writer;
    write_stream_map(writer, pieces);
    const auto read = [](ByteView bytes, std::uint64_t size, std::size_t packs) {
        ByteReader reader(bytes, "map");
        const auto result = read_stream_map(reader, size, packs);
        reader.expect_done();
        return result;
    };
    REQUIRE(read(writer.bytes(), 71'101, 2) == pieces);
    each_truncation(writer.bytes(), [&](const Bytes& part) { CHECK(refuses([&] { read(part, 71'101, 2); })); });
    each_flipped_bit(writer.bytes(), [&](const Bytes& flipped) { refuses([&] { read(flipped, 71'101, 2); }); });
    CHECK(refuses([&] { read(writer.bytes(), 71'100, 2); }));
    CHECK(refuses([&] { read(writer.bytes(), 71'102, 2); }));
    CHECK(refuses([&] { read(writer.bytes(), 71'101, 1); }));
    constexpr std::uint64_t kHuge = ~std::uint64_t{0};
    CHECK(refuses([&] { read(map_bytes({kHuge, 0, 0, 1, 8}), 8, 1); }));
    CHECK(refuses([&] { read(map_bytes({1, 0, 0, kHuge, 8}), 8, 1); }));
    CHECK(refuses([&] { read(map_bytes({1, 0, kHuge, 1, 8}), 8, 1); }));
    CHECK(refuses([&] { read(map_bytes({1, 0, kPackEntriesMax + 1, 1, 8}), 8, 1); }));
    CHECK(refuses([&] { read(map_bytes({1, 0, 0, 1, kHuge}), kHuge, 1); }));
    CHECK(refuses([&] { read(map_bytes({1, 0, 0, 2, 8, 0}), 8, 1); }));
    CHECK(refuses([&] { read(map_bytes({1, 0, 0, 1, kChunkBytesMax + 1}), kChunkBytesMax + 1, 1); }));
}
