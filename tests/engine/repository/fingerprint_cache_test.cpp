#include "engine/repository/fingerprint_cache.hpp"

#include "tests/engine/repository/parts.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

const PointId kPoint{"01jznk8w3xq5m9c2v7b4h6t0ra"};
const Secret& cache_key() {
    static const Secret key(random_content(32, 1));
    return key;
}

std::vector<Fingerprint> fingerprints(std::size_t count, std::uint64_t seed) {
    const Bytes bytes = random_content(count * sizeof(Fingerprint), seed);
    std::vector<Fingerprint> result(count);
    std::ranges::copy(bytes, std::as_writable_bytes(std::span(result)).begin());
    return result;
}

struct CacheBench {
    TemporaryFolder folder;
    fs::path cache = folder / "cache";
    fs::path path = cache / kPoint.str();

    void write(std::size_t main_pages = 10'000) {
        FingerprintFileWriter writer(cache, cache_key());
        writer.begin_file("main", 4096);
        const auto all = fingerprints(main_pages, 1);
        for (std::size_t at = 0; at < all.size(); at += 777) writer.append(std::span(all).subspan(at, std::min<std::size_t>(777, all.size() - at)));
        writer.end_file();
        writer.begin_file("other", 8192);
        writer.append(fingerprints(5, 2));
        writer.end_file();
        writer.finish(kPoint);
    }
    std::unique_ptr<FingerprintFile> open(const PointId& point = kPoint) const { return FingerprintFile::open(path, cache_key(), point); }
    std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(cache), fs::directory_iterator())); }
};

}  // namespace

TEST_CASE("fingerprints are read as they were kept", "[repository][fingerprints]") {
    CacheBench bench;
    bench.write();
    const auto file = bench.open();
    REQUIRE(file);
    const FingerprintSection* section = file->section("main");
    REQUIRE(section != nullptr);
    CHECK(section->page_bytes == 4096);
    CHECK(section->pages == 10'000);
    const auto expected = fingerprints(10'000, 1);
    std::mt19937_64 random(4);
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t first = random() % 10'000, count = random() % std::min<std::uint64_t>(10'000 - first, 9000);
        std::vector<Fingerprint> out(count);
        REQUIRE(file->read(*section, first, out));
        CHECK(std::equal(out.begin(), out.end(), expected.begin() + static_cast<std::ptrdiff_t>(first)));
    }
    std::vector<Fingerprint> other(5);
    REQUIRE(file->read(*file->section("other"), 0, other));
    CHECK(other == fingerprints(5, 2));
    CHECK(file->section("third") == nullptr);
}

TEST_CASE("what was just written can be read back before it is finished", "[repository][fingerprints]") {
    CacheBench bench;
    FingerprintFileWriter writer(bench.cache, cache_key());
    writer.begin_file("main", 4096);
    writer.append(fingerprints(5000, 1));
    CHECK(writer.section("main") == nullptr);
    writer.end_file();
    REQUIRE(writer.section("main") != nullptr);
    std::vector<Fingerprint> out(5000);
    REQUIRE(writer.read_back(*writer.section("main"), 0, out));
    CHECK(out == fingerprints(5000, 1));
}

TEST_CASE("a file of fingerprints is private and belongs to one point and one key", "[repository][fingerprints]") {
    CacheBench bench;
    bench.write(100);
    CHECK(fs::status(bench.path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(fs::status(bench.cache).permissions() == fs::perms::owner_all);
    CHECK_FALSE(bench.open(PointId("01jznk8w3xq5m9c2v7b4h6t0rb")));
    CHECK_FALSE(FingerprintFile::open(bench.path, Secret(random_content(32, 9)), kPoint));
    CHECK_FALSE(FingerprintFile::open(bench.cache / "nothing", cache_key(), kPoint));
}

TEST_CASE("fingerprints with a bit changed or cut anywhere are not there or the right ones", "[repository][fingerprints]") {
    CacheBench bench;
    bench.write(20);
    const Bytes sound = read_file(bench.path, 1u << 20);
    const auto expected = fingerprints(20, 1);
    std::size_t wrong = 0, read = 0;
    const auto look = [&](const Bytes& bytes) {
        fs::remove(bench.path);
        write_file_if_absent(bench.path, bytes);
        const auto file = bench.open();
        if (!file) return;
        const FingerprintSection* section = file->section("main");
        std::vector<Fingerprint> out(20);
        if (section == nullptr || section->pages != 20 || !file->read(*section, 0, out)) return;
        ++read;
        wrong += out == expected ? 0u : 1u;
    };
    for (std::size_t at = 0; at < sound.size(); ++at) {
        Bytes flipped = sound;
        flipped[at] ^= static_cast<std::byte>(1u << (at % 8));
        look(flipped);
    }
    for (std::size_t size = 0; size < sound.size(); size += 3) look(to_bytes(ByteView(sound).first(size)));
    CHECK(wrong == 0);
    CHECK(read < sound.size() / 2);   // Reserved bytes and the other file's fingerprints do not matter.
}

TEST_CASE("pieces that were swapped are not read", "[repository][fingerprints]") {
    CacheBench bench;
    bench.write(3 * 4096);
    Bytes bytes = read_file(bench.path, 1u << 20);
    constexpr std::ptrdiff_t kPiece = 4096 * 16 + 16;
    std::swap_ranges(bytes.begin() + 32, bytes.begin() + 32 + kPiece, bytes.begin() + 32 + kPiece);
    fs::remove(bench.path);
    write_file_if_absent(bench.path, bytes);
    const auto file = bench.open();
    REQUIRE(file);
    std::vector<Fingerprint> out(10);
    CHECK_FALSE(file->read(*file->section("main"), 0, out));
    CHECK_FALSE(file->read(*file->section("main"), 4096, out));
    CHECK(file->read(*file->section("main"), 2 * 4096, out));
}

TEST_CASE("a writer that is not finished leaves nothing", "[repository][fingerprints]") {
    CacheBench bench;
    {
        FingerprintFileWriter writer(bench.cache, cache_key());
        writer.begin_file("main", 4096);
        writer.append(fingerprints(5000, 1));
        CHECK(bench.files() == 1);
    }
    CHECK(bench.files() == 0);
}

TEST_CASE("pruning keeps what is asked for and the newest few", "[repository][fingerprints]") {
    CacheBench bench;
    make_private_folders(bench.cache);
    for (const char* name : {"01a", "01b", "01c", "01d", "01e", "01f"}) write_file_if_absent(bench.cache / name, {});
    write_file_if_absent(bench.cache / "tmp-young", {});
    write_file_if_absent(bench.cache / "tmp-old", {});
    fs::last_write_time(bench.cache / "tmp-old", fs::file_time_type::clock::now() - std::chrono::hours(25));
    prune_fingerprints(bench.cache, {PointId("01a")});
    for (const char* name : {"01a", "01c", "01d", "01e", "01f", "tmp-young"}) CHECK(fs::exists(bench.cache / name));
    for (const char* name : {"01b", "tmp-old"}) CHECK_FALSE(fs::exists(bench.cache / name));
    CHECK_NOTHROW(prune_fingerprints(bench.folder / "nothing", {}));
}
