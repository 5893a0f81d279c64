#include "engine/repository/page_intake.hpp"

#include "engine/repository/pack_source.hpp"
#include "tests/engine/repository/parts.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

constexpr std::uint32_t kPageBytes = 512;
constexpr std::uint64_t kPerChunk = (64u << 10) / kPageBytes;

using Model = std::vector<Bytes>;   // One page each.

Bytes page_of(std::uint64_t number) { return number == 0 ? Bytes(kPageBytes) : random_content(kPageBytes, number); }

struct PageBench : KeyedStore {
    PageBench() {
        settings.extent_bytes = 64u << 10;
        keys = Keyring::create(store, settings, master(), {});
        owner = keys->writing_key(DatabaseName("shop"));
        sink = std::make_unique<PackSink>(store, *keys, owner);
        chunks = std::make_unique<ChunkIntake>(ChunkIntakeParts{keys.get(), &index, &numbers, sink.get()}, CompressionSpec{}, 2u, CancelToken{});
        intake = std::make_unique<PageIntake>(*chunks, *keys, 2u, progress, CancelToken{});
    }
    PageOutput take(const Model& pages, PageInput input = {}) {
        const ReadPages read = [&pages](std::uint64_t first, std::span<std::byte> out) {
            for (std::size_t at = 0; at < out.size(); at += kPageBytes) std::ranges::copy(pages.at(first + at / kPageBytes), out.begin() + static_cast<std::ptrdiff_t>(at));
        };
        input.file = {.name = "main", .page_bytes = kPageBytes, .bytes = pages.size() * kPageBytes, .mode = 0600};
        input.read = &read;
        return intake->take(input);
    }
    // The pages that a map says, read from the packs.
    Model restored(const PageMap& map) {
        sink->finish();
        PackSource source(store, *keys);
        ChunkTools tools;
        Model pages;
        for (const MapRun& run : map.runs()) {
            for (std::uint64_t i = 0; i < run.count; ++i) {
                if (run.kind == MapRun::Kind::Zero) {
                    pages.push_back(Bytes(kPageBytes));
                    continue;
                }
                const PackOwner pack = numbers.at(run.pack);
                const PackPointer view = source.open(pack.id, pack.owner, nullptr);
                const auto number = static_cast<std::uint32_t>((run.address + i) / kPerChunk);
                const PackEntry& entry = PackSource::entry_of(*view, number);
                Bytes& plain = chunk_cache[{pack.id, number}];
                if (plain.empty()) {
                    Bytes stored(entry.stored_bytes);
                    plain.resize(entry.plain_bytes);
                    source.fetch(*view, entry.offset, stored);
                    source.open_chunk(*view, number, stored, tools, plain);
                }
                const std::size_t at = (run.address + i) % kPerChunk * kPageBytes;
                REQUIRE(at + kPageBytes <= plain.size());
                pages.push_back(to_bytes(ByteView(plain).subspan(at, kPageBytes)));
            }
        }
        return pages;
    }

    KeyId owner;
    NoProgress progress;
    ChunkIndex index;
    PackNumbers numbers;
    std::unique_ptr<PackSink> sink;
    std::unique_ptr<ChunkIntake> chunks;
    std::unique_ptr<PageIntake> intake;
    std::map<std::pair<PackId, std::uint32_t>, Bytes> chunk_cache;
};

Model random_pages(std::mt19937_64& random, std::size_t count) {
    Model pages;
    while (pages.size() < count) {
        const bool zero = random() % 4 == 0;
        for (std::uint64_t run = 1 + random() % 300; run > 0 && pages.size() < count; --run) pages.push_back(page_of(zero ? 0 : 1 + random()));
    }
    return pages;
}

// Changes some pages, alone and in runs, and makes the file longer or shorter.
Model changed_pages(std::mt19937_64& random, Model pages) {
    if (random() % 2 == 0) pages.resize(pages.size() - random() % (pages.size() / 4 + 1));
    else for (std::uint64_t more = random() % 200; more > 0; --more) pages.push_back(page_of(1 + random()));
    for (std::uint64_t times = random() % 30; times > 0; --times) {
        std::size_t at = random() % pages.size();
        for (std::uint64_t run = random() % 3 == 0 ? 200 : 1 + random() % 3; run > 0 && at < pages.size(); --run, ++at) pages[at] = page_of(random() % 5 == 0 ? 0 : 1 + random());
    }
    return pages;
}

struct KeptFingerprints {
    TemporaryFolder folder;
    Secret key{random_content(32, 1)};
    FingerprintFileWriter writer{folder.path(), key};
    ReadFingerprints reading() {
        return [this](std::uint64_t first, std::span<Fingerprint> out) { return writer.read_back(*writer.section("main"), first, out); };
    }
};

}  // namespace

TEST_CASE("a file of pages is stored in whole extents and read back", "[repository][page-intake]") {
    PageBench bench;
    std::mt19937_64 random(1);
    Model pages;
    for (std::size_t i = 0; i < 3 * kPerChunk + 5; ++i) pages.push_back(page_of(1 + i));
    const PageOutput output = bench.take(pages);
    CHECK(output.map.runs().size() == 1);
    CHECK(output.read_bytes == pages.size() * kPageBytes);
    CHECK(output.changed_bytes == output.read_bytes);
    CHECK((bench.restored(output.map) == pages));
}

TEST_CASE("pages of zeros make no pack", "[repository][page-intake]") {
    PageBench bench;
    const PageOutput output = bench.take(Model(1000, page_of(0)));
    REQUIRE(output.map.runs().size() == 1);
    CHECK(output.map.runs()[0].kind == MapRun::Kind::Zero);
    bench.sink->finish();
    CHECK(bench.names("packs/").empty());
    CHECK(bench.take({}).map.pages() == 0);
}

TEST_CASE("only what differs from the base is stored and every page is right", "[repository][page-intake]") {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        INFO("seed " << seed);
        std::mt19937_64 random(seed);
        PageBench bench;
        Model pages = random_pages(random, 200 + random() % 1500);
        KeptFingerprints kept;
        PageInput first;
        first.fingerprints = &kept.writer;
        PageOutput base = bench.take(pages, first);
        REQUIRE(base.fingerprints_whole);
        CHECK((bench.restored(base.map) == pages));
        const Model before = pages;
        pages = changed_pages(random, pages);
        PageInput next;
        next.base = &base.map;
        next.base_fingerprints = kept.reading();
        const PageOutput output = bench.take(pages, next);
        std::uint64_t different = 0;
        for (std::size_t i = 0; i < pages.size(); ++i) different += i >= before.size() || pages[i] != before[i] ? 1u : 0u;
        CHECK(output.map.pages() == pages.size());
        CHECK(output.changed_bytes == different * kPageBytes);
        CHECK((bench.restored(output.map) == pages));
    }
}

TEST_CASE("pages that the base cannot give are read and stored again", "[repository][page-intake]") {
    PageBench bench;
    std::mt19937_64 random(3);
    const Model pages = random_pages(random, 1000);
    KeptFingerprints kept;
    PageInput first;
    first.fingerprints = &kept.writer;
    const PageOutput base = bench.take(pages, first);
    PageMap holed;
    holed.append_from(base.map, 0, 300);
    holed.append({.kind = MapRun::Kind::Unknown, .pack = 0, .first = 0, .count = 257, .address = 0});
    holed.append_from(base.map, 557, 443);
    const std::vector<PageRun> nothing_changed;
    PageInput next;
    next.base = &holed;
    next.base_fingerprints = kept.reading();
    next.changed = GENERATE(true, false) ? &nothing_changed : nullptr;
    const PageOutput output = bench.take(pages, next);
    CHECK(output.changed_bytes == 257 * kPageBytes);
    CHECK((next.changed == nullptr || output.read_bytes == 257 * kPageBytes));
    CHECK((bench.restored(output.map) == pages));
}

TEST_CASE("a list of changed pages says what is read", "[repository][page-intake]") {
    for (std::uint64_t seed = 20; seed < 26; ++seed) {
        std::mt19937_64 random(seed);
        PageBench bench;
        Model pages = random_pages(random, 1200);
        KeptFingerprints kept;
        PageInput first;
        first.fingerprints = &kept.writer;
        const PageOutput base = bench.take(pages, first);
        std::vector<PageRun> changed;
        std::uint64_t listed = 0;
        for (std::uint64_t at = random() % 100; at < pages.size(); at += 1 + random() % 150) {
            const std::uint64_t count = std::min<std::uint64_t>(1 + random() % 200, pages.size() - at);
            changed.push_back({at, count});
            listed += count;
            for (std::uint64_t i = 0; i < count; ++i, ++at) pages[at] = page_of(1 + random());
        }
        PageInput next;
        next.base = &base.map;
        next.changed = &changed;
        if (seed % 2 == 0) next.base_fingerprints = kept.reading();
        const PageOutput output = bench.take(pages, next);
        CHECK(output.read_bytes == listed * kPageBytes);
        CHECK((bench.restored(output.map) == pages));
    }
}

TEST_CASE("what a source throws while pages are read is thrown to the one who takes them", "[repository][page-intake]") {
    PageBench bench;
    const ReadPages read = [](std::uint64_t first, std::span<std::byte>) {
        if (first >= 3 * kPerChunk) throw Error(ErrorCode::Io, "a bad sector");
    };
    PageInput input;
    input.file = {.name = "main", .page_bytes = kPageBytes, .bytes = 100 * kPerChunk * kPageBytes, .mode = 0600};
    input.read = &read;
    CHECK(code_thrown_by([&] { bench.intake->take(input); }) == ErrorCode::Io);
}
