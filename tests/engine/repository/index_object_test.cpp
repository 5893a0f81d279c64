#include "engine/repository/index_object.hpp"

#include "engine/repository/codec.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

PackContents pack_of(unsigned number, std::size_t entries) {
    PackContents pack{.id = pack_id(number), .owner = key_id(number % 3), .bytes = kPackHeaderBytes, .entries = {}};
    for (std::size_t i = 0; i < entries; ++i) {
        const auto stored = static_cast<std::uint32_t>(16 + 100 * i);
        pack.entries.push_back({.kind = EntryKind::Plain, .codec = Codec::Zstd, .identity = identity_of(static_cast<unsigned>(i)), .offset = pack.bytes, .stored_bytes = stored, .plain_bytes = 4096});
        pack.bytes += stored;
    }
    pack.bytes += 200;
    return pack;
}

std::vector<PackContents> decoded(ByteView plain) {
    std::vector<PackContents> packs;
    decode_index(plain, [&](const PackContents& pack) { packs.push_back(pack); });
    return packs;
}

std::set<PackId> packs_in(KeyedStore& bench, const OnDamagedIndex& on_damage = {}) {
    std::set<PackId> packs;
    read_indexes(bench.store, bench.keys->sealing(), [&](const PackContents& pack) { packs.insert(pack.id); }, on_damage);
    return packs;
}

MovedRun run(std::uint32_t first, std::uint32_t count, unsigned pack, std::uint32_t new_first) {
    return {.first = first, .count = count, .pack = pack_id(pack), .owner = key_id(1), .new_first = new_first};
}

}  // namespace

TEST_CASE("an index lists packs with their entries and where those are", "[repository][index]") {
    const std::vector<PackContents> packs{pack_of(1, 0), pack_of(2, 50), pack_of(3, 1)};
    const auto read = decoded(encode_index(packs));
    REQUIRE(read.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(read[i].id == packs[i].id);
        CHECK(read[i].owner == packs[i].owner);
        CHECK(read[i].bytes == packs[i].bytes);
        REQUIRE(read[i].entries.size() == packs[i].entries.size());
        for (std::size_t j = 0; j < packs[i].entries.size(); ++j) {
            CHECK(read[i].entries[j].offset == packs[i].entries[j].offset);
            CHECK(read[i].entries[j].identity == packs[i].entries[j].identity);
        }
    }
}

TEST_CASE("all index objects together are the index", "[repository][index]") {
    KeyedStore bench;
    const std::string one = put_index(bench.store, bench.keys->sealing(), {pack_of(1, 2), pack_of(2, 2)});
    const std::string two = put_index(bench.store, bench.keys->sealing(), {pack_of(3, 2)});
    CHECK(one != two);
    CHECK(packs_in(bench) == std::set{pack_id(1), pack_id(2), pack_id(3)});
    CHECK(read_indexes(bench.store, bench.keys->sealing(), [](const PackContents&) {}) == std::set{one, two});
}

TEST_CASE("an index object that is damaged is told and the others are read", "[repository][index]") {
    KeyedStore bench;
    const std::string damaged = put_index(bench.store, bench.keys->sealing(), {pack_of(1, 2)});
    put_index(bench.store, bench.keys->sealing(), {pack_of(2, 2)});
    Bytes bytes = bench.object(damaged);
    bytes.back() ^= std::byte{1};
    bench.store.put(damaged, bytes);
    CHECK(code_thrown_by([&] { packs_in(bench); }) == ErrorCode::Corrupt);
    std::vector<std::string> told;
    CHECK(packs_in(bench, [&](const std::string& object, const std::string&) { told.push_back(object); }) == std::set{pack_id(2)});
    CHECK(told == std::vector{damaged});
}

TEST_CASE("an index object under the name of another is refused", "[repository][index]") {
    KeyedStore bench;
    const std::string one = put_index(bench.store, bench.keys->sealing(), {pack_of(1, 2)});
    bench.store.put("index/00112233445566778899aabbccddeeff", bench.object(one));
    CHECK(code_thrown_by([&] { packs_in(bench); }) == ErrorCode::Corrupt);
}

TEST_CASE("an index that is cut anywhere is refused", "[repository][index]") {
    const Bytes plain = encode_index({pack_of(1, 3), pack_of(2, 2)});
    each_truncation(plain, [&](const Bytes& part) { CHECK(refuses([&] { decoded(part); })); });
    each_flipped_bit(plain, [&](const Bytes& flipped) { refuses([&] { decoded(flipped); }); });
}

TEST_CASE("counts in an index are checked before they are believed", "[repository][index]") {
    for (const std::uint64_t count : {std::uint64_t{2}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
        ByteWriter writer;
        writer.varint(count);
        writer.raw(Bytes(40));
        CHECK(refuses([&] { decoded(writer.bytes()); }));
        ByteWriter record;
        record.raw(pack_id(1).bytes);
        record.raw(key_id(1).bytes);
        record.varint(1000);
        record.varint(count);
        ByteWriter index;
        index.varint(1);
        index.sized(record.bytes());
        CHECK(refuses([&] { decoded(index.bytes()); }));
    }
    PackContents short_pack = pack_of(1, 3);
    short_pack.bytes = short_pack.entries.back().offset;
    CHECK(code_thrown_by([&] { decoded(encode_index({short_pack})); }) == ErrorCode::Corrupt);
}

TEST_CASE("a moved entry is found where it went", "[repository][relocations]") {
    Relocations moves;
    moves.add(pack_id(1), run(10, 5, 2, 100));
    moves.add(pack_id(1), run(0, 2, 3, 7));
    CHECK(moves.find(pack_id(1), 12) == Relocations::Target{pack_id(2), key_id(1), 102});
    CHECK(moves.find(pack_id(1), 1) == Relocations::Target{pack_id(3), key_id(1), 8});
    for (const std::uint32_t entry : {2u, 9u, 15u, 0xffffffffu}) CHECK_FALSE(moves.find(pack_id(1), entry));
    CHECK_FALSE(moves.find(pack_id(2), 10));
    CHECK(moves.has(pack_id(1)));
    CHECK_FALSE(moves.has(pack_id(2)));
}

TEST_CASE("moves of moves are followed to the end", "[repository][relocations]") {
    Relocations moves;
    for (unsigned i = 0; i < 40; ++i) moves.add(pack_id(i), run(i, 1, i + 1, i + 1));
    CHECK(moves.find(pack_id(0), 0) == Relocations::Target{pack_id(40), key_id(1), 40});
}

TEST_CASE("moves in a circle are damage and end", "[repository][relocations]") {
    Relocations moves;
    moves.add(pack_id(1), run(0, 1, 2, 0));
    moves.add(pack_id(2), run(0, 1, 1, 0));
    CHECK(code_thrown_by([&] { moves.find(pack_id(1), 0); }) == ErrorCode::Corrupt);
    Relocations itself;
    itself.add(pack_id(1), run(0, 2, 1, 1));
    CHECK(itself.find(pack_id(1), 0)->entry == 2);   // Not a circle: it ends behind the run.
}

TEST_CASE("of two moves of one entry the first counts", "[repository][relocations]") {
    Relocations moves;
    moves.add(pack_id(1), run(10, 5, 2, 0));
    for (const MovedRun& other : {run(10, 5, 3, 0), run(14, 3, 3, 0), run(8, 3, 3, 0), run(0, 100, 3, 0), run(12, 1, 3, 0)}) moves.add(pack_id(1), other);
    REQUIRE(moves.all().at(pack_id(1)).size() == 1);
    moves.add(pack_id(1), run(15, 1, 3, 0));
    moves.add(pack_id(1), run(9, 1, 3, 5));
    CHECK(moves.all().at(pack_id(1)).size() == 3);
    CHECK(moves.find(pack_id(1), 12)->pack == pack_id(2));
}

TEST_CASE("random moves agree with a plain map and are read back the same", "[repository][relocations]") {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        std::mt19937_64 random(seed);
        Relocations moves;
        std::map<std::uint32_t, std::uint32_t> model;
        for (int i = 0; i < 40; ++i) {
            const MovedRun next = run(static_cast<std::uint32_t>(random() % 300), static_cast<std::uint32_t>(1 + random() % 10), 2, static_cast<std::uint32_t>(random() % 1000));
            bool overlaps = false;
            for (std::uint32_t j = 0; j < next.count; ++j) overlaps = overlaps || model.contains(next.first + j);
            moves.add(pack_id(1), next);
            for (std::uint32_t j = 0; j < next.count && !overlaps; ++j) model[next.first + j] = next.new_first + j;
        }
        Relocations again;
        decode_relocations(encode_relocations(moves), again);
        CHECK(again.all() == moves.all());
        const Relocations melted = moves.melted();
        bool agree = true;
        for (std::uint32_t entry = 0; entry < 320; ++entry) {
            const auto expected = model.find(entry);
            for (const Relocations* each : std::initializer_list<const Relocations*>{&moves, &again, &melted}) {
                const auto found = each->find(pack_id(1), entry);
                agree = agree && found.has_value() == (expected != model.end()) && (!found || found->entry == expected->second);
            }
        }
        CHECK(agree);
    }
}

TEST_CASE("runs that continue each other melt into one", "[repository][relocations]") {
    Relocations moves;
    for (std::uint32_t i = 0; i < 100; ++i) moves.add(pack_id(1), run(i, 1, 2, 50 + i));
    moves.add(pack_id(1), run(100, 1, 3, 150));
    const Relocations melted = moves.melted();
    REQUIRE(melted.all().at(pack_id(1)).size() == 2);
    CHECK(melted.all().at(pack_id(1))[0] == run(0, 100, 2, 50));
}

TEST_CASE("moves are kept in the store and all objects count", "[repository][relocations]") {
    KeyedStore bench;
    Relocations one, two;
    one.add(pack_id(1), run(0, 1, 2, 0));
    two.add(pack_id(3), run(0, 1, 2, 1));
    const std::set<std::string> put{put_relocations(bench.store, bench.keys->sealing(), one), put_relocations(bench.store, bench.keys->sealing(), two)};
    std::set<std::string> names;
    const Relocations read = read_relocations(bench.store, bench.keys->sealing(), &names);
    CHECK(names == put);
    CHECK(read.all().size() == 2);
}

TEST_CASE("moves that are cut or point beyond a pack are refused", "[repository][relocations]") {
    Relocations moves;
    moves.add(pack_id(1), run(3, 300, 2, 70'000));
    moves.add(pack_id(2), run(0, 1, 3, 0));
    const Bytes plain = encode_relocations(moves);
    const auto decode = [](ByteView bytes) {
        Relocations into;
        decode_relocations(bytes, into);
        return into;
    };
    each_truncation(plain, [&](const Bytes& part) { CHECK(refuses([&] { decode(part); })); });
    each_flipped_bit(plain, [&](const Bytes& flipped) { refuses([&] { decode(flipped); }); });
    for (const MovedRun& bad : {run(kPackEntriesMax + 1, 1, 2, 0), run(0, kPackEntriesMax + 1, 2, 0), run(0, 1, 2, kPackEntriesMax + 1)}) {
        Relocations wrong;
        wrong.add(pack_id(1), bad);
        CHECK(code_thrown_by([&] { decode(encode_relocations(wrong)); }) == ErrorCode::Corrupt);
    }
}
