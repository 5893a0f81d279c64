#include "engine/repository/pack_sink.hpp"

#include "engine/repository/pack_source.hpp"
#include "engine/storage/fault_store.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

const DatabaseName kShop{"shop"};

struct SinkBench : KeyedStore {
    explicit SinkBench(Suite suite = Suite::Aes256Gcm, std::uint64_t pack_bytes = 64u << 10) : KeyedStore(suite) {
        settings.pack_bytes = pack_bytes;
        keys = Keyring::create(store, settings, suite == Suite::Checksum ? MasterKey{} : master(), {});
        owner = keys->writing_key(kShop);
    }
    static NewChunk chunk(ByteView content) {
        return {.identity = sha256(content), .codec = Codec::None, .plain_bytes = static_cast<std::uint32_t>(content.size()), .content = content};
    }
    Bytes read(const PackId& pack, std::uint32_t number) {
        PackSource source(store, *keys);
        const PackPointer view = source.open(pack, owner, nullptr);
        const PackEntry& entry = PackSource::entry_of(*view, number);
        Bytes stored(entry.stored_bytes), plain(entry.plain_bytes);
        source.fetch(*view, entry.offset, stored);
        ChunkTools tools;
        source.open_chunk(*view, number, stored, tools, plain);
        return plain;
    }
    KeyId owner;
};

Bytes content(unsigned number, std::size_t size = 9000) { return random_content(size, number); }

void overwrite(MemoryStore& store, const std::string& name, std::uint64_t offset, ByteView with) {
    Bytes bytes = store.get(name, 1u << 30);
    std::ranges::copy(with, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    store.put(name, bytes);
}

}  // namespace

TEST_CASE("chunks that were appended are read back from their packs", "[repository][pack-sink]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        SinkBench bench(suite);
        PackSink sink(bench.store, *bench.keys, bench.owner);
        std::vector<PackSink::Placed> placed;
        for (unsigned i = 0; i < 40; ++i) placed.push_back(sink.append(SinkBench::chunk(content(i))));
        sink.finish();
        for (unsigned i = 0; i < 40; ++i) CHECK((bench.read(placed[i].pack, placed[i].entry) == content(i)));
    }
}

TEST_CASE("a pack is closed when it is large enough and told once it is durable", "[repository][pack-sink]") {
    SinkBench bench;
    PackSink sink(bench.store, *bench.keys, bench.owner);
    for (unsigned i = 0; i < 40; ++i) sink.append(SinkBench::chunk(content(i)));
    sink.finish();
    const auto packs = sink.take_durable();
    CHECK(packs.size() == 5);
    CHECK(sink.take_durable().empty());
    std::uint64_t bytes = 0;
    std::size_t entries = 0;
    for (const PackContents& pack : packs) {
        CHECK(pack.owner == bench.owner);
        CHECK(bench.store.look_at(pack_object(pack.id))->bytes == pack.bytes);
        bytes += pack.bytes;
        entries += pack.entries.size();
    }
    CHECK(entries == 40);
    CHECK(sink.stored_bytes() == bytes);
    CHECK(bench.names("packs/").size() == packs.size());
}

TEST_CASE("the same key and nonce never seal twice", "[repository][pack-sink]") {
    SinkBench bench;
    const Bytes same = content(1, 4000);
    std::set<Bytes> keys, sealed;
    std::set<std::pair<PackId, std::uint32_t>> places;
    for (int run = 0; run < 3; ++run) {
        PackSink sink(bench.store, *bench.keys, bench.owner);
        for (int i = 0; i < 60; ++i) {
            const auto placed = sink.append(SinkBench::chunk(same));
            CHECK(places.emplace(placed.pack, placed.entry).second);
        }
        sink.finish();
        for (const PackContents& pack : sink.take_durable()) {
            CHECK(keys.insert(to_bytes(bench.keys->pack_key(pack.owner, pack.id)->reveal())).second);
            for (const PackEntry& entry : pack.entries) {
                Bytes stored(entry.stored_bytes);
                bench.store.get_range(pack_object(pack.id), entry.offset, stored);
                CHECK(sealed.insert(stored).second);
            }
        }
    }
    CHECK(sealed.size() == 180);
    CHECK(keys.size() > 3);
}

TEST_CASE("two chunks that were swapped are detected", "[repository][pack-sink]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        SinkBench bench(suite);
        std::vector<PackContents> packs;
        for (unsigned pack = 0; pack < 2; ++pack) {
            PackSink sink(bench.store, *bench.keys, bench.owner);
            for (unsigned i = 0; i < 2; ++i) sink.append(SinkBench::chunk(content(10 * pack + i, 500)));
            sink.finish();
            packs.push_back(sink.take_durable().at(0));
        }
        const std::string object = pack_object(packs[0].id);
        const Bytes sound = bench.object(object);
        const auto stored = [&](const PackContents& pack, std::size_t number) {
            Bytes bytes(pack.entries[number].stored_bytes);
            bench.store.get_range(pack_object(pack.id), pack.entries[number].offset, bytes);
            return bytes;
        };
        const auto code_of_reading = [&](std::uint32_t number) { return code_thrown_by([&] { bench.read(packs[0].id, number); }); };
        REQUIRE_FALSE(code_of_reading(0));
        const Bytes first = stored(packs[0], 0), second = stored(packs[0], 1);
        overwrite(bench.store, object, packs[0].entries[0].offset, second);
        overwrite(bench.store, object, packs[0].entries[1].offset, first);
        CHECK(code_of_reading(0) == ErrorCode::Corrupt);
        CHECK(code_of_reading(1) == ErrorCode::Corrupt);
        bench.store.put(object, sound);
        overwrite(bench.store, object, packs[0].entries[0].offset, stored(packs[1], 0));   // From another pack.
        CHECK(code_of_reading(0) == ErrorCode::Corrupt);
        bench.store.put(object, bench.object(pack_object(packs[1].id)));   // The whole other pack.
        CHECK(code_of_reading(0) == ErrorCode::Corrupt);
    }
}

TEST_CASE("a sink that is dropped leaves no pack behind", "[repository][pack-sink]") {
    SinkBench bench;
    {
        PackSink sink(bench.store, *bench.keys, bench.owner);
        sink.append(SinkBench::chunk(content(1)));
    }
    CHECK(bench.names("packs/").empty());
}

TEST_CASE("after an upload failed nothing more is sealed or stored", "[repository][pack-sink]") {
    SinkBench bench;
    FaultScript script;
    script.add({.call = StoreCall::Append, .passage = 1, .code = ErrorCode::DiskFull});
    const auto faulty = make_fault_store(std::make_unique<MemoryStore>(), script);
    PackSink sink(*faulty, *bench.keys, bench.owner);
    SECTION("while a pack was closed") {
        const auto fill = [&] {
            for (unsigned i = 0; i < 20; ++i) sink.append(SinkBench::chunk(content(i)));
        };
        CHECK(code_thrown_by(fill) == ErrorCode::DiskFull);
    }
    SECTION("while the last pack was closed") {
        sink.append(SinkBench::chunk(content(1)));
        CHECK(code_thrown_by([&] { sink.finish(); }) == ErrorCode::DiskFull);
    }
    CHECK(code_thrown_by([&] { sink.append(SinkBench::chunk(content(2))); }) == ErrorCode::DiskFull);
    CHECK(code_thrown_by([&] { sink.finish(); }) == ErrorCode::DiskFull);
    CHECK(script.calls(StoreCall::Append) == 1);
    CHECK(script.calls(StoreCall::Commit) == 0);
    CHECK(sink.take_durable().empty());
}

TEST_CASE("a pack that does not become durable is told to the one who appends", "[repository][pack-sink]") {
    SinkBench bench;
    FaultScript script;
    script.add({.call = StoreCall::Commit, .passage = 2, .code = ErrorCode::Unavailable});
    const auto faulty = make_fault_store(std::make_unique<MemoryStore>(), script);
    PackSink sink(*faulty, *bench.keys, bench.owner);
    CHECK(code_thrown_by([&] {
              for (unsigned i = 0; i < 200; ++i) sink.append(SinkBench::chunk(content(i)));
              sink.finish();
          }) == ErrorCode::Unavailable);
    CHECK(code_thrown_by([&] { sink.finish(); }) == ErrorCode::Unavailable);
    const auto durable = sink.take_durable();
    REQUIRE(durable.size() >= 1);
    for (const PackContents& pack : durable) CHECK(faulty->look_at(pack_object(pack.id)));
}

TEST_CASE("no pack is begun under a key that was destroyed", "[repository][pack-sink]") {
    SinkBench bench;
    bench.keys->announce_destruction(kShop, {});
    bench.keys->destroy_announced();
    bench.keys->reload();
    PackSink sink(bench.store, *bench.keys, bench.owner);
    CHECK(code_thrown_by([&] { sink.append(SinkBench::chunk(content(1))); }) == ErrorCode::Changed);
    CHECK(bench.names("packs/").empty());
}

TEST_CASE("nothing to write makes no pack", "[repository][pack-sink]") {
    SinkBench bench;
    PackSink sink(bench.store, *bench.keys, bench.owner);
    sink.finish();
    CHECK(sink.take_durable().empty());
    CHECK(bench.names("packs/").empty());
}
