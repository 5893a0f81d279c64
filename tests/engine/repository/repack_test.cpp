#include "engine/repository/page_intake.hpp"
#include "engine/repository/point_reader.hpp"
#include "engine/repository/restore_chunks.hpp"
#include "engine/repository/write_session.hpp"
#include "tests/engine/repository/workbench.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// One pack of 16 extents of which two are needed, by a point that has a pack of its own besides.
struct MostlyUnused : Workbench {
    Bytes pages = text_pages(1024, 2);
    PointManifest kept;
    MostlyUnused() {
        const Bytes first = text_pages(1024, 1);
        const PointManifest gone = full(first);
        std::copy_n(first.begin(), 128 * kPage, pages.begin());
        kept = full(pages);
        repository->forget(gone.point.database, gone.point.id);
    }
};

}  // namespace

TEST_CASE("only what falls under the threshold is repacked", "[repository]") {
    MostlyUnused bench;
    CHECK(bench.collect(24h, 0.1).packs_repacked == 0);
    CHECK(bench.count("moved/") == 0);
    CHECK(bench.collect(24h, 0.2).packs_repacked == 1);
    CHECK(bench.count("moved/") == 1);
    // Once is enough: the old pack is marked, the new one is full.
    CHECK(bench.collect(24h, 0.2).packs_repacked == 0);
    CHECK((bench.restored(bench.kept) == bench.pages));
}

TEST_CASE("what was repacked is still found by later backups", "[repository]") {
    MostlyUnused bench;
    bench.collect(0s, 0.2);
    bench.collect(0s, 0.2);
    const PointManifest again = bench.full(bench.pages);
    CHECK(bench.totals.stored_bytes == 0);
    CHECK((bench.restored(again) == bench.pages));
}

TEST_CASE("a pack with a damaged chunk that is needed is left where it is", "[repository]") {
    MostlyUnused bench;
    std::string old;
    for (const std::string& pack : bench.names("packs/")) {
        // The older pack holds the first extent: flipping a bit in its first chunk breaks the point.
        bench.flip(pack, 100);
        const bool breaks = bench.verify().damaged == std::vector<PointId>{bench.kept.point.id} && bench.verify().damage.at(0).touches.at(0).offset == 0;
        bench.flip(pack, 100);
        if (breaks) old = pack;
    }
    REQUIRE_FALSE(old.empty());
    bench.flip(old, 100);
    CHECK(bench.collect(0s, 0.2).packs_repacked == 0);
    CHECK(bench.collect(0s, 0.2).packs_removed == 0);
    bench.flip(old, 100);
    CHECK((bench.restored(bench.kept) == bench.pages));
}

TEST_CASE("a reader that was opened before a repack goes on after it", "[repository]") {
    MostlyUnused bench;
    const auto reader = bench.repository->read_image(DatabaseName("shop"), bench.kept.point.id);
    Bytes page(kPage);
    reader->read_at("main", 500 * kPage, page);
    bench.collect(0s, 0.2);
    bench.collect(0s, 0.2);
    reader->read_at("main", 3 * kPage, page);
    CHECK(std::equal(page.begin(), page.end(), bench.pages.begin() + 3 * kPage));
}

TEST_CASE("a map costs a few bytes per changed run", "[repository]") {
    Workbench bench;
    Bytes pages = text_pages(5000, 1);
    const PointManifest base = bench.full(pages);
    CHECK(bench.store.look_at("points/shop/" + base.point.id.str())->bytes < 600);
    for (unsigned page = 0; page < 5000; page += 10) change_page(pages, page, page);
    const PointManifest point = bench.incremental(pages, base.point.id);
    CHECK(bench.totals.changed_bytes == 500 * kPage);
    CHECK(bench.store.look_at("points/shop/" + point.point.id.str())->bytes < 600 + 500 * 4);
    CHECK((bench.restored(point) == pages));
}
