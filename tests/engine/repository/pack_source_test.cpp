#include "engine/repository/pack_source.hpp"

#include "engine/repository/pack_sink.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

// One pack of some small chunks.
struct PackBench : KeyedStore {
    explicit PackBench(unsigned chunks = 3, std::size_t chunk_bytes = 40, Suite suite = Suite::Aes256Gcm) : KeyedStore(suite) {
        owner = keys->writing_key(DatabaseName("shop"));
        PackSink sink(store, *keys, owner);
        for (unsigned i = 0; i < chunks; ++i) {
            plain.push_back(random_content(chunk_bytes, i));
            sink.append({.identity = sha256(plain.back()), .codec = Codec::None, .plain_bytes = static_cast<std::uint32_t>(chunk_bytes), .content = plain.back()});
        }
        sink.finish();
        pack = sink.take_durable().at(0);
        name = pack_object(pack.id);
    }
    NeededPack needed() const { return {.id = pack.id, .owner = owner, .key = {}, .added = false}; }
    Bytes read(PackSource& source, const PackPointer& view, std::uint32_t number) const {
        const PackEntry& entry = PackSource::entry_of(*view, number);
        Bytes stored(entry.stored_bytes), out(entry.plain_bytes);
        source.fetch(*view, entry.offset, stored);
        ChunkTools tools;
        source.open_chunk(*view, number, stored, tools, out);
        return out;
    }
    Bytes read(std::uint32_t number) {
        PackSource source(store, *keys);
        return read(source, source.open(pack.id, owner, nullptr), number);
    }
    void list_in_index() { put_index(store, keys->sealing(), {pack}); }

    KeyId owner;
    PackContents pack;
    std::string name;
    std::vector<Bytes> plain;
};

}  // namespace

TEST_CASE("a pack is opened by its footer and gives its chunks", "[repository][pack-source]") {
    PackBench bench;
    PackSource source(bench.store, *bench.keys);
    const PackPointer view = source.open(bench.pack.id, bench.owner, nullptr);
    CHECK(view->entries.size() == 3);
    CHECK(view->footer_damage.empty());
    CHECK(view->bytes == bench.pack.bytes);
    for (std::uint32_t i = 0; i < 3; ++i) CHECK((bench.read(source, view, i) == bench.plain[i]));
    CHECK(source.fetched_bytes() == 3 * 56);
    CHECK(source.open(bench.pack.id, bench.owner, nullptr) == view);
}

TEST_CASE("a footer longer than the first read is read whole", "[repository][pack-source]") {
    PackBench bench(3000, 8);
    PackSource source(bench.store, *bench.keys);
    const PackPointer view = source.open(bench.pack.id, bench.owner, nullptr);
    REQUIRE(view->entries.size() == 3000);
    CHECK((bench.read(source, view, 2999) == bench.plain[2999]));
}

TEST_CASE("a pack opens with a key of its own where its owner is not known", "[repository][pack-source]") {
    PackBench bench;
    const Secret key = *bench.keys->pack_key(bench.owner, bench.pack.id);
    PackSource source(bench.store, *bench.keys);
    CHECK(code_thrown_by([&] { source.open(pack_id(1), key_id(1), nullptr); }) == ErrorCode::CannotRecover);
    bench.keys->announce_destruction(DatabaseName("shop"), {});
    bench.keys->destroy_announced();
    bench.keys->reload();
    PackSource after(bench.store, *bench.keys);
    CHECK(code_thrown_by([&] { after.open(bench.pack.id, bench.owner, nullptr); }) == ErrorCode::CannotRecover);
    CHECK((bench.read(after, after.open(bench.pack.id, bench.owner, &key), 1) == bench.plain[1]));
}

TEST_CASE("the index stands in for a footer that is damaged", "[repository][pack-source]") {
    PackBench bench;
    Bytes bytes = bench.object(bench.name);
    bytes[bytes.size() - 20] ^= std::byte{1};
    bench.store.put(bench.name, bytes);
    CHECK(code_thrown_by([&] { bench.read(0); }) == ErrorCode::Corrupt);
    bench.list_in_index();
    PackSource source(bench.store, *bench.keys);
    const PackPointer view = source.open(bench.pack.id, bench.owner, nullptr);
    CHECK_FALSE(view->footer_damage.empty());
    CHECK((bench.read(source, view, 2) == bench.plain[2]));
}

TEST_CASE("a pack that is gone is missing", "[repository][pack-source]") {
    PackBench bench;
    bench.list_in_index();
    bench.store.remove(bench.name);
    CHECK(code_thrown_by([&] { bench.read(0); }) == ErrorCode::Missing);
}

TEST_CASE("a pack with any bit changed gives the right bytes or none", "[repository][pack-source][long]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        for (const bool indexed : {false, true}) {
            PackBench bench(3, 40, suite);
            if (indexed) bench.list_in_index();
            const Bytes sound = bench.object(bench.name);
            std::size_t wrong = 0, refused = 0;
            each_flipped_bit(sound, [&](const Bytes& flipped) {
                bench.store.put(bench.name, flipped);
                for (std::uint32_t i = 0; i < 3; ++i) {
                    if (refuses([&] { if (bench.read(i) != bench.plain[i]) ++wrong; })) ++refused;
                }
            });
            CHECK(wrong == 0);
            CHECK(refused >= (indexed ? 3u * 56u * 8u : 8u * (sound.size() - kPackHeaderBytes)));
        }
    }
}

TEST_CASE("a pack that is cut anywhere gives the right bytes or none", "[repository][pack-source]") {
    for (const bool indexed : {false, true}) {
        PackBench bench;
        if (indexed) bench.list_in_index();
        std::size_t wrong = 0, refused = 0;
        each_truncation(bench.object(bench.name), [&](const Bytes& part) {
            bench.store.put(bench.name, part);
            for (std::uint32_t i = 0; i < 3; ++i) {
                if (refuses([&] { if (bench.read(i) != bench.plain[i]) ++wrong; })) ++refused;
            }
        });
        CHECK(wrong == 0);
        CHECK(refused >= 3 * 64);
    }
}

TEST_CASE("an entry that the pack does not have is damage", "[repository][pack-source]") {
    PackBench bench;
    CHECK(code_thrown_by([&] { bench.read(3); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([&] { bench.read(0xffffffffu); }) == ErrorCode::Corrupt);
}

TEST_CASE("an entry of an unknown kind is refused when it is read", "[repository][pack-source]") {
    PackBench bench;
    PackSource source(bench.store, *bench.keys);
    PackView view{.id = bench.pack.id, .owner = bench.owner, .key = *bench.keys->pack_key(bench.owner, bench.pack.id), .header = {}, .entries = bench.pack.entries, .bytes = 0, .footer_damage = {}};
    view.entries[0].kind = static_cast<EntryKind>(2);
    Bytes stored(view.entries[0].stored_bytes), plain(view.entries[0].plain_bytes);
    ChunkTools tools;
    CHECK(code_thrown_by([&] { source.open_chunk(view, 0, stored, tools, plain); }) == ErrorCode::Unavailable);
    CHECK(code_thrown_by([&] { source.open_deltas(view, 0, stored, tools); }) == ErrorCode::Unavailable);
}

TEST_CASE("deltas where plain bytes should be, and the other way round, are damage", "[repository][pack-source]") {
    PackBench bench;
    PackSource source(bench.store, *bench.keys);
    PackView view{.id = bench.pack.id, .owner = bench.owner, .key = *bench.keys->pack_key(bench.owner, bench.pack.id), .header = {}, .entries = bench.pack.entries, .bytes = 0, .footer_damage = {}};
    Bytes stored(view.entries[0].stored_bytes), plain(view.entries[0].plain_bytes);
    ChunkTools tools;
    CHECK(code_thrown_by([&] { source.open_deltas(view, 0, stored, tools); }) == ErrorCode::Corrupt);
    view.entries[0].kind = EntryKind::PageDelta;
    CHECK(code_thrown_by([&] { source.open_chunk(view, 0, stored, tools, plain); }) == ErrorCode::Corrupt);
}

TEST_CASE("a chunk that was moved is found where it went", "[repository][pack-source]") {
    PackBench from;
    PackSink sink(from.store, *from.keys, from.owner);
    for (const std::uint32_t number : {2u, 0u}) {
        sink.append({.identity = sha256(from.plain[number]), .codec = Codec::None, .plain_bytes = 40, .content = from.plain[number]});
    }
    sink.finish();
    const PackContents target = sink.take_durable().at(0);
    PackSource before(from.store, *from.keys);
    CHECK(before.locate(from.needed(), 0).pack->id == from.pack.id);
    Relocations moves;
    moves.add(from.pack.id, {.first = 2, .count = 1, .pack = target.id, .owner = from.owner, .new_first = 0});
    moves.add(from.pack.id, {.first = 0, .count = 1, .pack = target.id, .owner = from.owner, .new_first = 1});
    put_relocations(from.store, from.keys->sealing(), moves);
    from.store.remove(from.name);
    PackSource after(from.store, *from.keys);
    for (const std::uint32_t number : {0u, 2u}) {
        const auto located = after.locate(from.needed(), number);
        CHECK(located.pack->id == target.id);
        CHECK((from.read(after, located.pack, located.entry) == from.plain[number]));
    }
    CHECK(code_thrown_by([&] { after.locate(from.needed(), 1); }) == ErrorCode::Missing);
    // One that knew of no moves finds them once the pack is gone.
    PackSource cold(from.store, *from.keys);
    CHECK(cold.locate(from.needed(), 0).pack->id == target.id);
}
