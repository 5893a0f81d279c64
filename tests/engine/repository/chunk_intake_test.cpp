#include "engine/repository/chunk_intake.hpp"

#include "engine/storage/fault_store.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

struct IntakeBench : KeyedStore {
    explicit IntakeBench(Store* into = nullptr, const RepositorySettings& with = settings_with()) : KeyedStore() {
        settings = with;
        keys = Keyring::create(store, settings, master(), {});
        owner = keys->writing_key(DatabaseName("shop"));
        sink = std::make_unique<PackSink>(into == nullptr ? store : *into, *keys, owner);
        chunks = std::make_unique<ChunkIntake>(ChunkIntakeParts{keys.get(), &index, &numbers, sink.get()}, CompressionSpec{}, 3u, stop.get_token());
    }
    std::size_t submit(ByteView content) {
        Buffer buffer = chunks->buffers().take();
        std::ranges::copy(content, buffer.get());
        return chunks->submit(std::move(buffer), content.size());
    }
    Digest identity(ByteView content) { return hmac_sha256(keys->identity_key().reveal(), content); }

    KeyId owner;
    std::stop_source stop;
    ChunkIndex index;
    PackNumbers numbers;
    std::unique_ptr<PackSink> sink;
    std::unique_ptr<ChunkIntake> chunks;
};

Bytes content(unsigned number) { return number % 2 == 0 ? random_content(3000 + number, number) : repetitive_content(3000 + number, number); }

}  // namespace

TEST_CASE("chunks get their places in the order in which they came", "[repository][chunk-intake]") {
    IntakeBench bench;
    for (unsigned i = 0; i < 200; ++i) CHECK(bench.submit(content(i)) == i);
    bench.chunks->drain();
    bench.sink->finish();
    const auto packs = bench.sink->take_durable();
    REQUIRE(packs.size() == 1);
    REQUIRE(bench.chunks->places().size() == 200);
    for (unsigned i = 0; i < 200; ++i) {
        CHECK(bench.chunks->places()[i] == ChunkPlace{0, i});
        const PackEntry& entry = packs[0].entries.at(i);
        CHECK(entry.identity == bench.identity(content(i)));
        CHECK(entry.plain_bytes == content(i).size());
        CHECK(entry.codec == (i % 2 == 0 ? Codec::None : Codec::Zstd));
        CHECK(bench.index.find(entry.identity) == ChunkPlace{0, i});
    }
    CHECK(bench.numbers.at(0).id == packs[0].id);
    CHECK(bench.numbers.at(0).owner == bench.owner);
}

TEST_CASE("equal chunks are stored once even when they come one right after the other", "[repository][chunk-intake]") {
    IntakeBench bench;
    std::uint64_t twice = 0;
    for (unsigned i = 0; i < 300; ++i) {
        bench.submit(content(i % 7));
        if (i >= 7) twice += content(i % 7).size();
    }
    bench.chunks->drain();
    bench.sink->finish();
    CHECK(bench.sink->take_durable().at(0).entries.size() == 7);
    CHECK(bench.chunks->deduplicated_bytes() == twice);
    for (unsigned i = 0; i < 300; ++i) CHECK(bench.chunks->places()[i] == bench.chunks->places()[i % 7]);
}

TEST_CASE("a chunk that the repository has already is not stored again", "[repository][chunk-intake]") {
    IntakeBench bench;
    const std::uint32_t old_pack = bench.numbers.number_of(pack_id(1), key_id(1));
    bench.index.insert(bench.identity(content(1)), {old_pack, 77});
    bench.submit(content(1));
    bench.submit(content(2));
    bench.chunks->drain();
    CHECK(bench.chunks->places()[0] == ChunkPlace{old_pack, 77});
    CHECK(bench.chunks->places()[1].pack != old_pack);
}

TEST_CASE("tickets begin again when places are forgotten", "[repository][chunk-intake]") {
    IntakeBench bench;
    bench.submit(content(1));
    bench.chunks->drain();
    bench.chunks->forget_places();
    CHECK(bench.submit(content(2)) == 0);
    bench.chunks->drain();
    CHECK(bench.chunks->places().size() == 1);
}

TEST_CASE("what fails in the store reaches the one who submits", "[repository][chunk-intake]") {
    FaultScript script;
    script.add({.call = StoreCall::Append, .passage = 1, .code = ErrorCode::DiskFull});
    const auto faulty = make_fault_store(std::make_unique<MemoryStore>(), script);
    IntakeBench bench(faulty.get());
    CHECK(code_thrown_by([&] {
              for (unsigned i = 0; i < 2000; ++i) bench.submit(content(2 * i));
              bench.chunks->drain();
          }) == ErrorCode::DiskFull);
    CHECK(code_thrown_by([&] { bench.chunks->drain(); }) == ErrorCode::DiskFull);
}

TEST_CASE("an intake stops when it is asked to", "[repository][chunk-intake]") {
    IntakeBench bench;
    bench.submit(content(1));
    bench.stop.request_stop();
    CHECK(code_thrown_by([&] { bench.submit(content(2)); }) == ErrorCode::Cancelled);
}

TEST_CASE("the longest chunk that the settings allow has room", "[repository][chunk-intake]") {
    RepositorySettings settings = settings_with();
    CHECK(IntakeBench(nullptr, settings).chunks->buffers().bytes() >= 4 * settings.stream_chunk_bytes);
    settings.extent_bytes = 2u << 20;
    settings.stream_chunk_bytes = 64u << 10;
    CHECK(IntakeBench(nullptr, settings).chunks->buffers().bytes() >= settings.extent_bytes);
    settings.stream_chunk_bytes = 1u << 20;
    IntakeBench bench(nullptr, settings);
    REQUIRE(bench.chunks->buffers().bytes() >= kChunkBytesMax);
    bench.submit(random_content(kChunkBytesMax, 1));
    bench.chunks->drain();
}

TEST_CASE("buffers go round", "[repository][chunk-intake]") {
    BufferPool pool(100);
    Buffer buffer = pool.take();
    std::byte* const memory = buffer.get();
    pool.give_back(std::move(buffer));
    pool.give_back(nullptr);
    CHECK(pool.take().get() == memory);
}
