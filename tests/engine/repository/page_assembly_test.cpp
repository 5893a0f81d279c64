#include "engine/repository/page_assembly.hpp"

#include "engine/repository/point_reader.hpp"
#include "engine/repository/restore_windows.hpp"
#include "tests/engine/repository/page_deltas.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// A log in memory: versions of pages, coded by turns in every way that there is.
class ModelPatches final : public PagePatches {
public:
    ModelPatches(StoredRoots& roots, const Bytes& wanted, const std::vector<std::uint64_t>& patched) : pages_(wanted.size() / kPage) {
        PageDeltaEncoder encoder;
        ChunkCompressor compressor(CompressionSpec{});
        for (const std::uint64_t page : patched) {
            const ByteView bytes = ByteView(wanted).subspan(page * kPage, kPage);
            Patch& patch = patches_[page];
            patch.as.page = page;
            patch.frame = to_bytes(bytes);
            patch.as.coding = PagePatch::Coding::Own;
            if (std::ranges::all_of(bytes, [](std::byte each) { return each == std::byte{0}; })) {
                patch.as.coding = PagePatch::Coding::Zero;
                continue;
            }
            if (page < roots.pages()) roots.places(page, 1, [&](std::uint64_t, const RootPlace& place) { patch.as.root = place; });
            Bytes frame;
            bool delta = false;
            if (patch.as.root.pack != nullptr && page % 4 != 0) {
                roots.read(std::span(&patch.as.root, 1), [&](std::size_t, ByteView root) { delta = encoder.encode(bytes, root, frame); });
            }
            if (delta) patch.as.coding = PagePatch::Coding::Delta;
            else if (page % 8 == 0) continue;
            else patch.as.codec = compressor.compress(bytes, frame);
            if (delta || patch.as.codec != Codec::None) patch.frame = frame;
        }
    }
    std::uint64_t pages() const override { return pages_; }
    void each_in(std::uint64_t first, std::uint64_t count, const std::function<void(const PagePatch&)>& visit) override {
        for (auto at = patches_.lower_bound(first); at != patches_.end() && at->first < first + count; ++at) {
            PagePatch patch = at->second.as;
            patch.frame = at->second.frame;
            visit(patch);
        }
    }
    std::size_t count(PagePatch::Coding coding) const {
        return static_cast<std::size_t>(std::ranges::count_if(patches_, [&](const auto& each) { return each.second.as.coding == coding; }));
    }

private:
    struct Patch {
        PagePatch as;
        Bytes frame;
    };
    std::uint64_t pages_;
    std::map<std::uint64_t, Patch> patches_;
};

void write_whole(const fs::path& path, ByteView bytes) {
    fs::remove(path);
    File file = File::open(path, File::Mode::CreateNew);
    file.write_at(0, bytes);
}

// A full and an incremental with deltas over it.
struct PatchBench : Workbench {
    PatchBench() {
        first = text_pages(kPages, 1);
        std::fill_n(first.begin() + 40 * kPage, 20 * kPage, std::byte{0});
        base = full(first);
        second = first;
        for (std::size_t page = 1; page < kPages; page += 9) change_row(second, page, page);
        point = incremental(second, base.point.id);
    }
    PointReader reader(const PointManifest& manifest, Keyring& keys) {
        return PointReader(store, keys, read_point(store, keys, {manifest.point.database, manifest.point.id}), 2);
    }
    static constexpr std::size_t kPages = 1500;
    Bytes first, second;
    PointManifest base, point;
};

Bytes read_at_random(ImageReader& reader, std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    Bytes bytes(size);
    for (std::size_t at = 0; at < size;) {
        const std::size_t step = std::min<std::size_t>(size - at, random() % 3 == 0 ? random() % 700'000 : 1 + random() % 9000);
        reader.read_at("main", at, std::span(bytes).subspan(at, step));
        at += step;
    }
    return bytes;
}

Bytes restored_by(ImageReader& reader, const fs::path& target, bool delta) {
    NoProgress progress;
    const RestoreTotals totals = reader.restore_file("main", target, delta, progress, {});
    CHECK(totals.bytes == fs::file_size(target));
    return read_file(target, 1u << 30);
}

}  // namespace

TEST_CASE("a point with deltas is read here and there and restored as it was", "[repository][page-assembly]") {
    PatchBench bench;
    REQUIRE(OpenedForTest(bench.store, bench.point).deltas() > 100);
    const auto reader = bench.repository->read_image(DatabaseName("shop"), bench.point.point.id);
    CHECK((read_at_random(*reader, bench.second.size(), 1) == bench.second));
    CHECK((restored_by(*reader, bench.folder / "new", false) == bench.second));
}

TEST_CASE("only pages that differ are written over an older state", "[repository][page-assembly]") {
    PatchBench bench;
    write_whole(bench.folder / "old", bench.first);
    const auto reader = bench.repository->read_image(DatabaseName("shop"), bench.point.point.id);
    const RestoreTotals totals = reader->restore_file("main", bench.folder / "old", true, bench.progress, {});
    CHECK((read_file(bench.folder / "old", 1u << 30) == bench.second));
    CHECK(totals.written_bytes == (PatchBench::kPages + 7) / 9 * kPage);
}

TEST_CASE("patches of a log are laid over the point that it follows", "[repository][page-assembly][long]") {
    for (const unsigned seed : {1u, 2u, 3u, 4u}) {
        CAPTURE(seed);
        PatchBench bench;
        std::mt19937_64 random(seed);
        const auto keys = keys_in(bench.store);
        // The log follows the incremental; what it is laid over is that, or the full before it.
        PointReader followed = bench.reader(bench.point, *keys);
        StoredRoots roots = followed.roots_of("main");
        const bool shorter = seed % 2 == 0;
        Bytes wanted = bench.second;
        wanted.resize((PatchBench::kPages + 130 - (shorter ? 600 : 0)) * kPage);
        std::set<std::uint64_t> touched;
        for (int i = 0; i < 400; ++i) {
            const std::uint64_t page = random() % (wanted.size() / kPage);
            if (touched.insert(page).second && page < PatchBench::kPages) change_row(wanted, page, random());
            else if (page >= PatchBench::kPages) change_page(wanted, page, static_cast<unsigned>(random()));
            if (i % 20 == 0) std::fill_n(wanted.begin() + static_cast<std::ptrdiff_t>(page * kPage), kPage, std::byte{0});
        }
        const PointManifest& over = seed < 3 ? bench.point : bench.base;
        std::vector<std::uint64_t> patched(touched.begin(), touched.end());
        for (std::uint64_t page = 0; page < std::min<std::uint64_t>(PatchBench::kPages, wanted.size() / kPage); ++page) {
            // What the incremental has changed belongs to the log too where it is laid over the full.
            if (seed >= 3 && page % 9 == 1 && !touched.contains(page)) patched.push_back(page);
        }
        const auto patches = std::make_shared<ModelPatches>(roots, wanted, patched);
        CHECK(patches->count(PagePatch::Coding::Delta) > 50);
        CHECK(patches->count(PagePatch::Coding::Own) > 20);
        CHECK(patches->count(PagePatch::Coding::Zero) > 5);
        PointReader reader = bench.reader(over, *keys);
        reader.lay_over("main", patches);
        CHECK(reader.manifest().files.at(0).bytes == wanted.size());
        CHECK((read_at_random(reader, wanted.size(), seed) == wanted));
        CHECK((restored_by(reader, bench.folder / "new", false) == wanted));
        write_whole(bench.folder / "old", bench.first);
        CHECK((restored_by(reader, bench.folder / "old", true) == wanted));
        CHECK(code_thrown_by([&] { Bytes beyond(1); reader.read_at("main", wanted.size(), beyond); }) == ErrorCode::Usage);
    }
}

TEST_CASE("a delta against a page that is stored nowhere is refused", "[repository][page-assembly]") {
    struct Rootless final : PagePatches {
        std::uint64_t pages() const override { return 1; }
        void each_in(std::uint64_t first, std::uint64_t, const std::function<void(const PagePatch&)>& visit) override {
            visit({.page = first, .coding = PagePatch::Coding::Delta, .codec = Codec::None, .frame = as_bytes("frame"), .root = {}});
        }
    };
    PatchBench bench;
    const auto keys = keys_in(bench.store);
    PointReader reader = bench.reader(bench.point, *keys);
    reader.lay_over("main", std::make_shared<Rootless>());
    Bytes page(kPage);
    CHECK(code_thrown_by([&] { reader.read_at("main", 0, page); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([&] { reader.restore_file("main", bench.folder / "x", false, bench.progress, {}); }) == ErrorCode::Corrupt);
    CHECK_FALSE(fs::exists(bench.folder / "x"));
}

TEST_CASE("one page of many deltas is read without reading what the others are made against", "[repository][page-assembly]") {
    PatchBench bench;
    const auto keys = keys_in(bench.store);
    PointReader reader = bench.reader(bench.point, *keys);
    Bytes page(kPage);
    reader.read_at("main", 10 * kPage, page);
    CHECK((page == to_bytes(ByteView(bench.second).subspan(10 * kPage, kPage))));
    const std::uint64_t fetched = reader.packs().fetched_bytes();
    CHECK(fetched < 3 * 256u << 10);
    reader.read_at("main", 19 * kPage, page);
    CHECK(reader.packs().fetched_bytes() == fetched);   // In the same chunks.
}
