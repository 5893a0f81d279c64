#include "engine/repository/collect.hpp"

#include "tests/engine/repository/workbench.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Collected : Workbench {
    Bytes pages = text_pages(1000, 1);
    PointManifest point = full(pages);
    bool forget(const PointManifest& manifest) { return repository->forget(manifest.point.database, manifest.point.id); }
};

}  // namespace

TEST_CASE("packs that nothing needs are marked and removed after the grace period", "[repository]") {
    Collected bench;
    const Bytes other = text_pages(1000, 2);
    const PointManifest kept = bench.full(other);
    CHECK(bench.collect().packs_marked == 0);
    bench.forget(bench.point);
    CHECK(bench.collect().packs_marked == 1);
    CHECK(bench.collect().packs_removed == 0);
    bench.clock.advance(23h);
    CHECK(bench.collect().packs_removed == 0);
    bench.clock.advance(2h);
    const CollectReport report = bench.collect();
    CHECK(report.packs_removed == 1);
    CHECK(report.bytes_freed > 0);
    CHECK(bench.count("packs/") == 1);
    CHECK(bench.count("marks/") == 0);
    CHECK((bench.restored(kept) == other));
    CHECK(bench.verify().ok());
    // What was removed is not believed to be there: the same content is stored again.
    CHECK((bench.restored(bench.full(bench.pages)) == bench.pages));
    CHECK(bench.totals.deduplicated_bytes == 0);
}

TEST_CASE("a pack that is needed again is not removed", "[repository]") {
    Collected bench;
    // The writer begins before the mark is made and builds on the pack.
    const auto writer = bench.begin("other");
    bench.forget(bench.point);
    bench.clock.advance(1min);
    CHECK(bench.collect(0s).packs_marked == 1);
    CHECK(bench.collect(0s).packs_removed == 0);
    bench.clock.advance(10min);
    writer->add_pages(Workbench::file(bench.pages), Workbench::reading(bench.pages));
    CHECK(writer->totals().stored_bytes == 0);
    CHECK(bench.collect(0s).packs_removed == 0);
    const PointManifest point = bench.commit(*writer);
    CHECK(bench.collect(0s).packs_removed == 0);
    CHECK(bench.count("marks/") == 0);
    CHECK((bench.restored(point) == bench.pages));
}

TEST_CASE("a writer that begins after the mark does not build on the pack", "[repository]") {
    Collected bench;
    bench.forget(bench.point);
    bench.collect();
    bench.clock.advance(1h);
    const auto writer = bench.begin("other");
    writer->add_pages(Workbench::file(bench.pages), Workbench::reading(bench.pages));
    CHECK(writer->totals().deduplicated_bytes == 0);
    CHECK(bench.collect(1s).packs_removed == 1);
    const PointManifest point = bench.commit(*writer);
    CHECK((bench.restored(point) == bench.pages));
    CHECK(bench.verify().ok());
}

TEST_CASE("packs of a backup that still runs are left alone, those of a dead one go", "[repository]") {
    Collected bench;
    {
        const Bytes other = text_pages(10'000, 3);
        const auto writer = bench.begin();
        writer->add_pages(Workbench::file(other), Workbench::reading(other));
        bench.clock.advance(1h);
        CHECK(bench.collect(0s).packs_removed == 0);
    }
    // What a killed writer leaves is a pack that nobody lists.
    Bytes orphan = bench.store.get(bench.names("packs/").at(0), 1u << 30);
    bench.store.put(pack_object(random_id<PackId>()), orphan);
    CHECK(bench.collect(1h).packs_marked == 1);
    bench.clock.advance(2h);
    CHECK(bench.collect(1h).packs_removed == 1);
    CHECK((bench.restored(bench.point) == bench.pages));
}

TEST_CASE("a clock that went back removes nothing early", "[repository]") {
    Collected bench;
    bench.forget(bench.point);
    const PointManifest newer = bench.full(text_pages(10, 9));
    const Instant real = bench.clock.now();
    SECTION("while the mark is made") {
        bench.clock.set(real - 24h * 300);
        bench.collect();
        bench.clock.set(real + 1h);
        CHECK(bench.collect().packs_removed == 0);
        bench.clock.set(real + 25h);
        CHECK(bench.collect().packs_removed == 1);
    }
    SECTION("after the mark was made") {
        bench.collect(0s);
        bench.full(text_pages(11, 10));
        bench.forget(newer);
        bench.collect();
        bench.clock.set(real - 24h * 300);
        CHECK(bench.collect(0s).packs_removed == 0);
    }
}

TEST_CASE("two collections at once: one gives way", "[repository]") {
    Collected bench;
    const auto keys = Keyring::open(bench.store, parse_settings(as_text(bench.store.get("repository.json", 4096))), raw_key());
    Collector first(bench.store, *keys, bench.clock, bench.progress, {});
    try {
        bench.collect();
        FAIL("both ran");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Busy);
    }
}

TEST_CASE("packs that are mostly unused are repacked and every point stays whole", "[repository]") {
    Collected bench;
    const Bytes first = bench.pages;
    // The next full shares the first tenth with the first one.
    Bytes pages = text_pages(1000, 2);
    std::copy_n(bench.pages.begin(), 128 * kPage, pages.begin());
    const PointManifest second = bench.full(pages);
    const PointManifest third = bench.incremental(pages, second.point.id);
    bench.forget(bench.point);
    CHECK(bench.collect(1h, 0.4).packs_repacked == 1);
    CHECK((bench.restored(second) == pages));
    bench.clock.advance(2h);
    CHECK(bench.collect(1h, 0.4).packs_removed == 1);
    bench.reopen();
    CHECK((bench.restored(second) == pages));
    CHECK((bench.restored(third) == pages));
    CHECK(bench.verify().ok());

    SECTION("also as the base of an incremental") {
        change_page(pages, 3, 3);
        const PointManifest point = bench.incremental(pages, third.point.id);
        CHECK(bench.totals.changed_bytes == kPage);
        CHECK((bench.restored(point) == pages));
        bench.forget(second);
        bench.forget(third);
        bench.collect(0s, 0.4);
        bench.collect(0s, 0.4);
        CHECK((bench.restored(point) == pages));
        // Nobody lists the pack that was repacked: its move is forgotten.
        CHECK(bench.count("moved/") == 0);
        CHECK(bench.verify().ok());
    }
    SECTION("and repacked again") {
        Bytes more = text_pages(1000, 3);
        std::copy_n(pages.begin(), 64 * kPage, more.begin());
        const PointManifest point = bench.full(more);
        bench.forget(second);
        bench.forget(third);
        bench.collect(0s, 0.6);
        bench.collect(0s, 0.6);
        CHECK((bench.restored(point) == more));
        CHECK(bench.verify().ok());
    }
}

TEST_CASE("nothing is collected while a point cannot be read", "[repository]") {
    Collected bench;
    const PointManifest other = bench.full(text_pages(100, 4));
    bench.forget(other);
    const std::string object = bench.names("points/").at(0);
    bench.flip(object, 100);
    CHECK_THROWS_AS(bench.collect(0s), Error);
    CHECK(bench.count("packs/") == 2);
    bench.flip(object, 100);
    CHECK(bench.collect(0s).packs_removed == 1);
}

TEST_CASE("a lost or damaged index is made again", "[repository]") {
    Collected bench;
    const std::string index = bench.names("index/").at(0);
    if (GENERATE(true, false)) bench.store.remove(index);
    else bench.flip(index, 200);
    CHECK((bench.restored(bench.point) == bench.pages));
    bench.collect();
    CHECK(bench.count("index/") == 1);
    CHECK(bench.verify().ok());
    bench.full(bench.pages);
    CHECK(bench.totals.stored_bytes == 0);
}

TEST_CASE("many small index objects become one", "[repository]") {
    Collected bench;
    for (unsigned i = 0; i < 20; ++i) bench.full(text_pages(3, 100 + i));
    CHECK(bench.count("index/") == 21);
    bench.collect();
    CHECK(bench.count("index/") == 1);
    bench.full(bench.pages);
    CHECK(bench.totals.stored_bytes == 0);
}
