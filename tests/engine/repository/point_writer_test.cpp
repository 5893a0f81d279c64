#include "engine/repository/point_writer.hpp"

#include "tests/engine/repository/workbench.hpp"

using namespace holdfast;

TEST_CASE("a full backup is restored bit for bit", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(1000, 1);
    const PointManifest point = bench.full(pages);
    CHECK((bench.restored(point) == pages));
    CHECK(bench.totals.changed_bytes == pages.size());
    bench.reopen();
    const PointManifest listed = bench.repository->points(DatabaseName("shop")).at(0);
    CHECK(listed.point == point.point);
    CHECK(listed.identity == "the shop");
    CHECK(listed.facts.at("wal") == "yes");
    CHECK(listed.files.at(0).bytes == pages.size());
    CHECK((bench.restored(listed) == pages));
}

TEST_CASE("an incremental stores only changed pages and is restored as directly as a full", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(2000, 1);
    const PointManifest base = bench.full(pages);
    for (const unsigned page : {3u, 4u, 700u, 1999u}) change_page(pages, page, page);
    const PointManifest point = bench.incremental(pages, base.point.id);
    CHECK(bench.totals.changed_bytes == 4 * kPage);
    CHECK(bench.totals.stored_bytes < 3 * kPage);
    CHECK(point.base == base.point.id);
    CHECK((bench.restored(point) == pages));

    SECTION("without its base") {
        CHECK(bench.repository->forget(DatabaseName("shop"), base.point.id));
        bench.collect(Duration(0));
        bench.reopen();
        CHECK((bench.restored(point) == pages));
        CHECK(bench.verify().ok());
    }
    SECTION("and is itself a base") {
        change_page(pages, 5, 77);
        const PointManifest next = bench.incremental(pages, point.point.id);
        CHECK(bench.totals.changed_bytes == kPage);
        CHECK((bench.restored(next) == pages));
    }
}

TEST_CASE("an incremental of a file that grew or shrank equals a full", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(700, 1);
    const PointManifest base = bench.full(pages);
    SECTION("grown") {
        const Bytes more = text_pages(500, 2);
        pages.insert(pages.end(), more.begin(), more.end());
        change_page(pages, 10, 3);
    }
    SECTION("shrunk to a page") { pages.resize(kPage); }
    SECTION("emptied") { pages.clear(); }
    const PointManifest point = bench.incremental(pages, base.point.id);
    CHECK((bench.restored(point) == pages));
}

TEST_CASE("a lost or damaged cache of fingerprints is made again from the repository", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(900, 1);
    const PointManifest first = bench.full(pages);
    change_page(pages, 8, 1);
    const PointManifest base = bench.incremental(pages, first.point.id);
    const fs::path cache = bench.folder / "cache" / bench.repository->id() / "shop" / base.point.id.str();
    REQUIRE(fs::exists(cache));
    if (GENERATE(true, false)) {
        fs::remove_all(bench.folder / "cache");
    } else {
        fs::resize_file(cache, 1000);
    }
    change_page(pages, 400, 2);
    const PointManifest point = bench.incremental(pages, base.point.id);
    CHECK(bench.totals.changed_bytes == kPage);
    CHECK((bench.restored(point) == pages));
}

TEST_CASE("a provider that knows what changed has only that read", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(1000, 1);
    const PointManifest base = bench.full(pages);
    change_page(pages, 100, 1);
    change_page(pages, 101, 2);
    change_page(pages, 900, 3);
    const auto writer = bench.begin("shop", base.point.id);
    writer->add_changed_pages(Workbench::file(pages), Workbench::reading(pages), {{100, 2}, {500, 1}, {900, 1}});
    CHECK(writer->totals().read_bytes == 4 * kPage);
    CHECK(writer->totals().changed_bytes == 3 * kPage);
    const PointManifest point = bench.commit(*writer);
    CHECK((bench.restored(point) == pages));
    change_page(pages, 101, 9);
    CHECK((bench.restored(bench.incremental(pages, point.point.id)) == pages));
    CHECK(bench.totals.changed_bytes == kPage);
}

TEST_CASE("a second pass keeps what differs from the first", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(600, 1);
    const auto writer = bench.begin();
    writer->add_pages(Workbench::file(pages), Workbench::reading(pages));
    change_page(pages, 50, 1);
    const Bytes more = text_pages(10, 5);
    pages.insert(pages.end(), more.begin(), more.end());
    writer->refresh_pages(Workbench::file(pages), Workbench::reading(pages));
    const PointManifest point = bench.commit(*writer);
    CHECK((bench.restored(point) == pages));
    change_page(pages, 51, 2);
    CHECK((bench.restored(bench.incremental(pages, point.point.id)) == pages));
    CHECK(bench.totals.changed_bytes == kPage);
}

TEST_CASE("streams are cut by content and stored once", "[repository]") {
    Workbench bench;
    bench.compression.kind = GENERATE(CompressionKind::None, CompressionKind::Gzip, CompressionKind::Zstd);
    Bytes bytes = noise(3'000'000, 1);
    const PointFile file{.name = "dump.sql", .page_bytes = 0, .bytes = 0, .mode = 0640};
    const auto first = bench.begin();
    first->add_bytes(file, Workbench::streaming(bytes));
    const PointManifest before = bench.commit(*first);
    CHECK(before.files.at(0).bytes == bytes.size());
    CHECK((bench.restored(before, "dump.sql") == bytes));
    // Some bytes more at the beginning move all the others: nearly all chunks are found again.
    Bytes shifted = noise(100, 2);
    shifted.insert(shifted.end(), bytes.begin(), bytes.end());
    const auto second = bench.begin();
    second->add_bytes(file, Workbench::streaming(shifted, 77777));
    CHECK(second->totals().deduplicated_bytes > bytes.size() / 4);
    const PointManifest after = bench.commit(*second);
    CHECK((bench.restored(after, "dump.sql") == shifted));
    Bytes part(100'000);
    bench.repository->read_image(DatabaseName("shop"), after.point.id)->read_at("dump.sql", 1'234'567, part);
    CHECK(std::equal(part.begin(), part.end(), shifted.begin() + 1'234'567));
}

TEST_CASE("empty streams and files of no pages are points as well", "[repository]") {
    Workbench bench;
    const Bytes nothing;
    const auto writer = bench.begin();
    writer->add_pages(Workbench::file(nothing, "a/b"), Workbench::reading(nothing));
    writer->add_bytes({.name = "log", .page_bytes = 0, .bytes = 0, .mode = 0600}, Workbench::streaming(nothing));
    const PointManifest point = bench.commit(*writer);
    CHECK(bench.restored(point, "a/b").empty());
    CHECK(bench.restored(point, "log").empty());
}

TEST_CASE("equal content of two databases is stored once", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(800, 1);
    bench.full(pages, "shop");
    const PointManifest other = bench.full(pages, "shop copy/2");
    CHECK(bench.totals.stored_bytes == 0);
    CHECK(bench.totals.deduplicated_bytes == pages.size());
    CHECK((bench.restored(other) == pages));
}

TEST_CASE("pages of zeros are stored nowhere", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(300, 1);
    pages.resize(5000 * kPage);
    const PointManifest base = bench.full(pages);
    CHECK((bench.restored(base) == pages));
    std::fill_n(pages.begin() + 7 * kPage, kPage, std::byte{0});
    const PointManifest point = bench.incremental(pages, base.point.id);
    CHECK(bench.totals.stored_bytes == 0);
    CHECK((bench.restored(point) == pages));
    // With delta, zeros are written where something else stands.
    const fs::path target = bench.folder / "delta";
    write_file_durably(target, noise(5001 * kPage, 3));
    const RestoreTotals totals = bench.repository->read_image(DatabaseName("shop"), point.point.id)->restore_file("main", target, true, bench.progress, {});
    CHECK((read_file(target, 1u << 30) == pages));
    CHECK(totals.written_bytes > 4000u * kPage);
}

TEST_CASE("a delta restore writes only the pages that differ", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(1000, 1);
    const PointManifest point = bench.full(pages);
    Bytes there = pages;
    change_page(there, 17, 3);
    change_page(there, 18, 4);
    const fs::path target = bench.folder / "delta";
    write_file_durably(target, there);
    const auto reader = bench.repository->read_image(DatabaseName("shop"), point.point.id);
    CHECK(reader->restore_file("main", target, true, bench.progress, {}).written_bytes == 2 * kPage);
    CHECK((read_file(target, 1u << 30) == pages));
    CHECK_THROWS_AS(reader->restore_file("main", target, false, bench.progress, {}), Error);
}

TEST_CASE("a backup that is not committed leaves nothing listed", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(600, 1);
    {
        const auto writer = bench.begin();
        writer->add_pages(Workbench::file(pages), Workbench::reading(pages));
    }
    CHECK(bench.repository->points(std::nullopt).empty());
    CHECK(bench.count("locks/") == 0);
}

TEST_CASE("a source that fails fails the backup and nothing else", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(3000, 1);
    const auto writer = bench.begin();
    CHECK_THROWS_WITH(writer->add_pages(Workbench::file(pages), [&](std::uint64_t first, std::span<std::byte> out) {
        if (first > 1500) throw Error(ErrorCode::Io, "the disk is gone");
        Workbench::reading(pages)(first, out);
    }), "the disk is gone");
    CHECK((bench.restored(bench.full(pages)) == pages));
}

TEST_CASE("a stopped backup ends soon", "[repository]") {
    Workbench bench;
    std::stop_source stop;
    const Bytes pages = text_pages(3000, 1);
    const auto writer = bench.repository->begin_image(DatabaseName("shop"), {}, std::nullopt, bench.progress, stop.get_token());
    try {
        writer->add_pages(Workbench::file(pages), [&](std::uint64_t first, std::span<std::byte> out) {
            if (first > 100) stop.request_stop();
            Workbench::reading(pages)(first, out);
        });
        FAIL("it went on");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Cancelled);
    }
}

TEST_CASE("a backup whose lease was taken away is not committed", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(10, 1);
    const auto writer = bench.begin();
    writer->add_pages(Workbench::file(pages), Workbench::reading(pages));
    if (GENERATE(true, false)) bench.store.remove(bench.names("locks/").at(0));
    else bench.clock.advance(std::chrono::hours(2));
    try {
        bench.commit(*writer);
        FAIL("it was committed");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Changed);
    }
    CHECK(bench.repository->points(std::nullopt).empty());
}

TEST_CASE("a base whose packs are gone is made up for by reading", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(900, 1);
    const PointManifest base = bench.full(pages);
    for (const std::string& pack : bench.names("packs/")) bench.store.remove(pack);
    const PointManifest point = bench.incremental(pages, base.point.id);
    CHECK((bench.restored(point) == pages));
}

TEST_CASE("without encryption nothing is sealed and a flipped bit is still found", "[repository]") {
    Workbench bench(false);
    bench.compression.kind = CompressionKind::None;
    Bytes pages = text_pages(500, 1);
    const PointManifest base = bench.full(pages);
    const std::string pack = bench.names("packs/").at(0);
    change_page(pages, 5, 5);
    const PointManifest point = bench.incremental(pages, base.point.id);
    bench.reopen();
    CHECK((bench.restored(point) == pages));
    const Bytes stored = bench.store.get(pack, 1u << 30);
    CHECK(as_text(stored).find("words of text") != std::string_view::npos);
    CHECK(bench.verify().ok());
    bench.flip(pack, 1000);
    CHECK_FALSE(bench.verify().ok());
    CHECK_THROWS_AS(Repository::open(bench.store, raw_key(), {.clock = &bench.clock, .cache = {}, .workers = 1, .use_aes = true}), Error);
}
