#include "engine/repository/image_writer.hpp"

#include "tests/engine/repository/sources.hpp"

using namespace holdfast;

namespace {

constexpr std::array<std::uint32_t, 8> kPageSizes{512, 1024, 2048, 4096, 8192, 16384, 32768, 65536};

// Pages with text, pages of zeros in between and at both ends, and pages that do not compress.
Bytes mixed_pages(std::uint32_t page_bytes, std::size_t pages, unsigned seed) {
    Bytes bytes(page_bytes * pages);
    const Bytes text = text_pages((bytes.size() + kPage - 1) / kPage, seed);
    const Bytes rubbish = noise(page_bytes, seed);
    for (std::size_t page = 0; page < pages; ++page) {
        const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(page * page_bytes);
        if (page % 7 == 3) std::copy(rubbish.begin(), rubbish.end(), at);
        else if (page % 31 > 1 && page + 1 < pages) std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(page * page_bytes), page_bytes, at);
    }
    return bytes;
}

void change(Bytes& bytes, std::uint32_t page_bytes, std::size_t page, unsigned seed) {
    const Bytes fresh = noise(page_bytes, seed);
    std::copy(fresh.begin(), fresh.end(), bytes.begin() + static_cast<std::ptrdiff_t>(page * page_bytes));
}

std::uint64_t bytes_of_packs(Workbench& bench) {
    std::uint64_t bytes = 0;
    bench.store.list("packs/", [&](const ObjectFacts& facts) { bytes += facts.bytes; });
    return bytes;
}

}  // namespace

TEST_CASE("pages of every size come back bit for bit from a full and from an incremental", "[repository]") {
    Workbench bench;
    for (const std::uint32_t page_bytes : kPageSizes) {
        INFO("pages of " << page_bytes);
        for (const std::size_t pages : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{(1u << 20) / page_bytes + 3}}) {
            INFO(pages << " pages");
            Source source{{"main", page_bytes, mixed_pages(page_bytes, pages, page_bytes)}};
            const PointManifest base = back_up(*bench.repository, "shop", source);
            CHECK(comes_back(*bench.repository, base, source));
            for (const std::size_t page : {std::size_t{0}, pages / 2, pages - 1}) {
                if (page < pages) change(source[0].bytes, page_bytes, page, static_cast<unsigned>(page));
            }
            bench.clock.advance(std::chrono::seconds(1));
            const PointManifest point = back_up(*bench.repository, "shop", source, base.point.id);
            CHECK(comes_back(*bench.repository, point, source));
            CHECK((bench.restored(point) == source[0].bytes));
        }
    }
    CHECK(bench.verify().ok());
}

TEST_CASE("five files of all kinds are one point", "[repository]") {
    Workbench bench;
    const Source source{{"main", 4096, mixed_pages(4096, 777, 1), 0640},
                        {"empty", 8192, {}, 0600},
                        {"zeros", 512, Bytes(512 * 1000), 0600},
                        {"base/16384/2619", 8192, mixed_pages(8192, 65, 2), 0600},
                        {"dump", 0, noise(1'234'567, 3), 0444}};
    const PointManifest point = back_up(*bench.repository, "shop", source);
    bench.reopen();
    CHECK(comes_back(*bench.repository, point, source));
    for (const SourceFile& file : source) CHECK((bench.restored(point, file.name) == file.bytes));
    const PointManifest listed = bench.repository->point(DatabaseName("shop"), point.point.id);
    REQUIRE(listed.files.size() == source.size());
    for (std::size_t i = 0; i < source.size(); ++i) CHECK(listed.files[i].mode == source[i].mode);
    CHECK(listed.point.source_bytes == 4096 * 777 + 512 * 1000 + 8192 * 65 + 1'234'567);
}

TEST_CASE("streams of odd sizes come back", "[repository]") {
    SmallBench bench;
    for (const std::size_t size : {1u, 4095u, 16383u, 16384u, 16385u, 65536u, 300'001u}) {
        const Source source{{"dump", 0, noise(size, static_cast<unsigned>(size))}};
        INFO(size);
        CHECK(comes_back(*bench.repository, back_up(*bench.repository, "shop", source), source));
    }
    const Source zeros{{"dump", 0, Bytes(1'000'001)}};
    CHECK(comes_back(*bench.repository, back_up(*bench.repository, "shop", zeros), zeros));
}

TEST_CASE("an incremental may have another page size, other files and files of another kind than its base", "[repository]") {
    Workbench bench;
    Source source{{"main", 4096, mixed_pages(4096, 256, 1)}, {"log", 0, noise(100'000, 2)}, {"old", 4096, text_pages(10, 3)}};
    const PointManifest base = back_up(*bench.repository, "shop", source);
    SECTION("smaller pages") { source[0].page_bytes = 1024; }
    SECTION("larger pages") { source[0].page_bytes = 65536; }
    SECTION("a stream that was pages") { source[0].page_bytes = 0; }
    SECTION("pages that were a stream") { source[1] = {"log", 4096, text_pages(5, 5)}; }
    SECTION("a file more and a file less") { source[2] = {"new", 4096, text_pages(10, 4)}; }
    SECTION("the files in another order") { std::swap(source[0], source[2]); }
    bench.clock.advance(std::chrono::seconds(1));
    const PointManifest point = back_up(*bench.repository, "shop", source, base.point.id);
    CHECK(comes_back(*bench.repository, point, source));
    // Its fingerprints are those of what it is, not of its base.
    source[0].bytes[5] ^= std::byte{1};
    const PointManifest next = back_up(*bench.repository, "shop", source, point.point.id);
    CHECK(comes_back(*bench.repository, next, source));
    CHECK(bench.verify().ok());
}

TEST_CASE("a hundred incrementals on one another are each restored directly, after all their bases went", "[repository][long]") {
    SmallBench bench;
    std::mt19937_64 random(7);
    Source source{{"main", 4096, text_pages(200, 1)}};
    PointManifest last = back_up(*bench.repository, "shop", source);
    for (unsigned i = 0; i < 100; ++i) {
        const auto choice = random() % 10;
        if (choice == 0) source[0].bytes.resize(source[0].bytes.size() + 4096 * (random() % 20));
        if (choice == 1) source[0].bytes.resize(source[0].bytes.size() - 4096 * (random() % 10));
        for (std::uint64_t j = random() % 6; j > 0; --j) change_page(source[0].bytes, random() % (source[0].bytes.size() / kPage), static_cast<unsigned>(random()));
        bench.clock.advance(std::chrono::minutes(1));
        const PointManifest point = back_up(*bench.repository, "shop", source, last.point.id);
        CHECK(bench.repository->forget(DatabaseName("shop"), last.point.id));
        if (i % 10 == 9) bench.collect(Duration(0), 0.5);
        last = point;
        if (!comes_back(*bench.repository, point, source)) FAIL("the " << i << "th differs");
    }
    bench.collect(Duration(0), 0.5);
    bench.collect(Duration(0), 0.5);
    CHECK(comes_back(*bench.repository, last, source));
    CHECK(bench.verify().ok());
    // What was given up is given back: little more than one full is left.
    CHECK(bench.bytes_below("packs/") < 3 * source[0].bytes.size());
}

TEST_CASE("totals say what was read, what changed and what the store grew by", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(640, 1);
    std::copy_n(pages.begin(), 64 * kPage, pages.begin() + 64 * kPage);   // The second extent is the first one again.
    const auto writer = bench.begin();
    writer->add_pages(Workbench::file(pages), Workbench::reading(pages));
    PointManifest base = bench.commit(*writer);
    CHECK(writer->totals().read_bytes == pages.size());
    CHECK(writer->totals().changed_bytes == pages.size());
    CHECK(writer->totals().deduplicated_bytes == 64 * kPage);
    CHECK(writer->totals().stored_bytes == bytes_of_packs(bench));
    CHECK(base.point.stored_bytes == bytes_of_packs(bench));
    CHECK(base.point.read_bytes == pages.size());

    const std::uint64_t before = bytes_of_packs(bench);
    for (const unsigned page : {1u, 100u, 639u}) change_page(pages, page, page);
    const auto second = bench.begin("shop", base.point.id);
    CHECK(second->has_base());
    second->add_pages(Workbench::file(pages), Workbench::reading(pages));
    const PointManifest point = bench.commit(*second, BackupKind::Incremental);
    CHECK(second->totals().read_bytes == pages.size());
    CHECK(second->totals().changed_bytes == 3 * kPage);
    CHECK(point.point.stored_bytes == bytes_of_packs(bench) - before);
    CHECK(bench.repository->stored_bytes() > bytes_of_packs(bench));
}

TEST_CASE("what changed while it was read is taken again and nothing of the first pass is left in the point", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(300, 1);
    const PointManifest base = bench.full(pages);
    const auto writer = bench.begin("shop", base.point.id);
    change_page(pages, 20, 1);
    writer->add_pages(Workbench::file(pages), Workbench::reading(pages));
    change_page(pages, 20, 2);
    change_page(pages, 21, 3);
    pages.resize(pages.size() - 5 * kPage);
    writer->refresh_pages(Workbench::file(pages), Workbench::reading(pages));
    change_page(pages, 20, 4);
    writer->refresh_pages(Workbench::file(pages), Workbench::reading(pages));
    const PointManifest point = bench.commit(*writer, BackupKind::Incremental);
    CHECK(point.files.at(0).bytes == pages.size());
    CHECK((bench.restored(point) == pages));
}

TEST_CASE("the cache of another point or database is not used", "[repository]") {
    Workbench bench;
    const Bytes first = text_pages(300, 1), second = text_pages(300, 2);
    const PointManifest one = bench.full(first);
    const PointManifest two = bench.full(second);
    const PointManifest other = bench.full(second, "other");
    const fs::path shop = bench.folder / "cache" / bench.repository->id() / "shop";
    const auto swap_in = [&](const fs::path& from) {
        // Under the name of `one`, whose pages are others.
        fs::copy_file(from, shop / one.point.id.str(), fs::copy_options::overwrite_existing);
    };
    // The cache of `one` may have been pruned; with or without it the point must be right.
    SECTION("of another point") { swap_in(shop / two.point.id.str()); }
    SECTION("of another database") { swap_in(bench.folder / "cache" / bench.repository->id() / "other" / other.point.id.str()); }
    const PointManifest point = bench.incremental(second, one.point.id);
    CHECK((bench.restored(point) == second));
}

TEST_CASE("a flipped byte in the cache of fingerprints never makes a wrong point", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(40, 1);
    const PointManifest base = bench.full(pages);
    const fs::path cache = bench.folder / "cache" / bench.repository->id() / "shop" / base.point.id.str();
    REQUIRE(fs::exists(cache));
    const Bytes sound = read_file(cache, 1u << 20);
    change_page(pages, 7, 7);
    for (std::size_t at = 0; at < sound.size(); at += 1 + sound.size() / 60) {
        INFO("byte " << at << " of " << sound.size());
        Bytes damaged = sound;
        damaged[at] ^= std::byte{0x10};
        fs::remove(cache);
        write_file_durably(cache, damaged);
        const PointManifest point = bench.incremental(pages, base.point.id);
        CHECK(comes_back(*bench.repository, point, {{"main", kPage, pages}}));
        bench.repository->forget(DatabaseName("shop"), point.point.id);
    }
}

TEST_CASE("pages that a provider did not name but the base has lost are read again", "[repository]") {
    SmallBench bench;
    Source source{{"main", 4096, text_pages(100, 1)}};
    const PointManifest base = back_up(*bench.repository, "shop", source);
    bench.store.remove(bench.names("packs/").at(0));
    change_page(source[0].bytes, 3, 3);
    const auto writer = bench.repository->begin_image(DatabaseName("shop"), {}, base.point.id, bench.progress, {});
    writer->add_changed_pages(point_file(source[0]), pages_of(source[0]), {{3, 1}});
    const PointManifest point = writer->commit({});
    CHECK(comes_back(*bench.repository, point, source));
}
