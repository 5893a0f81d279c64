#include "engine/repository/image_reader.hpp"

#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

struct ReadBench : SmallBench {
    Source source{{"main", 4096, text_pages(150, 1)}, {"dump", 0, noise(200'000, 2)}};
    PointManifest base = back_up(*repository, "shop", source);
    PointManifest point = next();

    PointManifest next() {
        change_page(source[0].bytes, 17, 1);
        change_page(source[0].bytes, 140, 2);
        std::fill_n(source[0].bytes.begin() + 50 * kPage, 20 * kPage, std::byte{0});
        return back_up(*repository, "shop", source, base.point.id);
    }
    std::unique_ptr<ImageReader> reader() { return repository->read_image(DatabaseName("shop"), point.point.id); }
};

}  // namespace

TEST_CASE("any range of any file can be read", "[repository]") {
    ReadBench bench;
    const auto reader = bench.reader();
    std::mt19937_64 random(1);
    for (const SourceFile& file : bench.source) {
        for (int i = 0; i < 200; ++i) {
            const std::size_t from = random() % (file.bytes.size() + 1);
            Bytes part(random() % (std::min<std::size_t>(file.bytes.size() - from, i % 10 == 0 ? 300'000 : 9000) + 1));
            reader->read_at(file.name, from, part);
            if (!std::equal(part.begin(), part.end(), file.bytes.begin() + static_cast<std::ptrdiff_t>(from))) FAIL(file.name << " at " << from);
        }
    }
}

TEST_CASE("reading beyond the end or from a file that is not there is refused", "[repository]") {
    ReadBench bench;
    const auto reader = bench.reader();
    Bytes out(10);
    CHECK(code_thrown_by([&] { reader->read_at("main", 150 * kPage - 9, out); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([&] { reader->read_at("dump", ~std::uint64_t{0}, out); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([&] { reader->read_at("other", 0, out); }) == ErrorCode::Missing);
    CHECK(code_thrown_by([&] { bench.repository->read_image(DatabaseName("shop"), PointId("01jznk8w3xq5m9c2v7b4h6t0rb")); }) == ErrorCode::Missing);
    CHECK(code_thrown_by([&] { bench.repository->read_image(DatabaseName("other"), bench.point.point.id); }) == ErrorCode::Missing);
}

TEST_CASE("several threads read one point at once", "[repository]") {
    ReadBench bench;
    const auto reader = bench.reader();
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                std::mt19937_64 random(t);
                for (int i = 0; i < 60; ++i) {
                    const SourceFile& file = bench.source[random() % 2];
                    const std::size_t from = random() % (file.bytes.size() - 5000);
                    Bytes part(5000);
                    reader->read_at(file.name, from, part);
                    wrong += !std::equal(part.begin(), part.end(), file.bytes.begin() + static_cast<std::ptrdiff_t>(from));
                }
            });
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("a delta restore makes anything that is there equal to the point", "[repository]") {
    ReadBench bench;
    const fs::path target = bench.folder / "there";
    const auto check = [&](const std::string& name, const Bytes& there, const Bytes& wanted) {
        fs::remove(target);
        write_file_durably(target, there);
        const RestoreTotals totals = bench.reader()->restore_file(name, target, true, bench.progress, {});
        CHECK((read_file(target, 1u << 30) == wanted));
        CHECK(totals.bytes == wanted.size());
        return totals.written_bytes;
    };
    const Bytes& main = bench.source[0].bytes;
    const Bytes& dump = bench.source[1].bytes;
    CHECK(check("main", main, main) == 0);
    CHECK(check("dump", dump, dump) == 0);
    CHECK(check("main", noise(main.size(), 5), main) == main.size());
    Bytes shorter(main.begin(), main.begin() + 30 * kPage);
    CHECK(check("main", shorter, main) <= main.size() - 50 * kPage);
    Bytes longer = main;
    longer.resize(longer.size() + 12345, std::byte{1});
    CHECK(check("main", longer, main) == 0);
    check("dump", {}, dump);
    fs::remove(target);
    CHECK(bench.reader()->restore_file("main", target, true, bench.progress, {}).bytes == main.size());
    CHECK((read_file(target, 1u << 30) == main));
}

TEST_CASE("a restored file is private and is not written over one that exists", "[repository]") {
    ReadBench bench;
    const fs::path target = bench.folder / "restored";
    const RestoreTotals totals = bench.reader()->restore_file("main", target, false, bench.progress, {});
    CHECK(fs::status(target).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    // Zeros are holes.
    CHECK(totals.written_bytes == 130 * kPage);
    CHECK(totals.fetched_bytes > 0);
    CHECK(code_thrown_by([&] { bench.reader()->restore_file("main", target, false, bench.progress, {}); }) == ErrorCode::AlreadyExists);
    CHECK((read_file(target, 1u << 30) == bench.source[0].bytes));
}

TEST_CASE("a restore that fails or is stopped leaves no file behind", "[repository]") {
    ReadBench bench;
    const fs::path target = bench.folder / "restored";
    std::stop_source stop;
    stop.request_stop();
    CHECK(code_thrown_by([&] { bench.reader()->restore_file("main", target, false, bench.progress, stop.get_token()); }) == ErrorCode::Cancelled);
    CHECK_FALSE(fs::exists(target));
    for (const std::string& pack : bench.names("packs/")) bench.flip(pack, 100);
    CHECK(code_thrown_by([&] { bench.reader()->restore_file("main", target, false, bench.progress, {}); }) == ErrorCode::Corrupt);
    CHECK_FALSE(fs::exists(target));
}

TEST_CASE("damaged bytes are never written into a file that is there", "[repository]") {
    ReadBench bench;
    const fs::path target = bench.folder / "there";
    write_file_durably(target, Bytes(150 * kPage, std::byte{7}));
    for (const std::string& pack : bench.names("packs/")) bench.flip(pack, 300);
    CHECK_THROWS_AS(bench.reader()->restore_file("main", target, true, bench.progress, {}), Error);
    const Bytes there = read_file(target, 1u << 30);
    REQUIRE(there.size() == 150 * kPage);
    for (std::size_t page = 0; page < 150; ++page) {
        const auto at = there.begin() + static_cast<std::ptrdiff_t>(page * kPage);
        const bool as_it_was = std::all_of(at, at + kPage, [](std::byte each) { return each == std::byte{7}; });
        const bool restored = std::equal(at, at + kPage, bench.source[0].bytes.begin() + static_cast<std::ptrdiff_t>(page * kPage));
        if (!as_it_was && !restored) FAIL("page " << page << " is neither");
    }
}

TEST_CASE("a short or wrong answer of the store is refused", "[repository]") {
    ReadBench bench;
    for (const FaultKind kind : {FaultKind::FlipBit, FaultKind::ShortRead, FaultKind::FailBefore}) {
        for (int passage = 1; passage < 30; passage += 3) {
            FaultScript faults;
            faults.add({.call = StoreCall::GetRange, .prefix = "packs/", .passage = passage, .times = 1, .kind = kind, .bit = 12345});
            const std::unique_ptr<Store> store = make_fault_store(std::make_unique<HookedStore>(bench.store), faults);
            const auto repository = bench.open(*store, 1);
            try {
                const bool same = comes_back(*repository, bench.point, bench.source);
                CHECK(same);
            } catch (const Error& error) {
                CHECK((error.code == ErrorCode::Corrupt || error.code == ErrorCode::Io));
                CHECK(comes_back(*repository, bench.point, bench.source));   // The next answer is right again.
            }
        }
    }
}
