#include "engine/repository/verify.hpp"

#include "tests/engine/repository/workbench.hpp"

using namespace holdfast;

TEST_CASE("a sound repository verifies, and says how much was read", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(1000, 1);
    const PointManifest point = bench.full(pages);
    const VerifyReport report = bench.verify();
    CHECK(report.ok());
    CHECK(report.sound == std::vector<PointId>{point.point.id});
    CHECK(report.chunks == 16);
    CHECK(report.packs == 1);
    CHECK(bench.repository->verify_added(point.point.id, bench.progress, {}).chunks == 16);
}

TEST_CASE("a damaged chunk is named with the bytes of the files that it touches", "[repository]") {
    Workbench bench;
    bench.compression.kind = CompressionKind::None;
    Bytes pages = text_pages(1000, 1);
    const PointManifest base = bench.full(pages);
    const std::string pack = bench.names("packs/").at(0);
    const Bytes fresh = noise(kPage, 1);   // No delta is worth it: it needs nothing of the base.
    std::ranges::copy(fresh, pages.begin() + 70 * kPage);
    const PointManifest point = bench.incremental(pages, base.point.id);
    bench.flip(pack, 64 + (262144 + 16) + 5000);   // In the second chunk: pages 64 to 127.
    const VerifyReport report = bench.verify();
    REQUIRE(report.damage.size() == 1);
    const Damage& damage = report.damage[0];
    CHECK(damage.object == pack);
    CHECK(damage.offset == 64 + 262144 + 16);
    CHECK(damage.bytes == 262144 + 16);
    REQUIRE(damage.touches.size() == 3);
    CHECK(damage.touches[0].point == base.point.id);
    CHECK(damage.touches[0].offset == 262144);
    CHECK(damage.touches[0].bytes == 262144);
    // The incremental has page 70 of its own.
    CHECK(damage.touches[1].point == point.point.id);
    CHECK(damage.touches[1].bytes == 6 * kPage);
    CHECK(damage.touches[2].offset == 71 * kPage);
    CHECK(report.damaged.size() == 2);
    CHECK_THROWS_AS(bench.restored(point), Error);
}

TEST_CASE("missing and shortened packs are found, whole points stay sound", "[repository]") {
    Workbench bench;
    const PointManifest sound = bench.full(text_pages(100, 1));
    const std::string other = bench.names("packs/").at(0);
    const PointManifest lost = bench.full(text_pages(100, 2));
    for (const std::string& pack : bench.names("packs/")) {
        if (pack == other) continue;
        if (GENERATE(true, false)) {
            bench.store.remove(pack);
        } else {
            Bytes half = bench.store.get(pack, 1u << 30);
            half.resize(half.size() / 2);
            bench.store.put(pack, half);
        }
    }
    const VerifyReport report = bench.verify();
    CHECK_FALSE(report.ok());
    CHECK(report.sound == std::vector<PointId>{sound.point.id});
    CHECK(report.damaged == std::vector<PointId>{lost.point.id});
}

TEST_CASE("a bit that flips anywhere in the repository is found and never restored wrong", "[repository][long]") {
    Workbench bench;
    Bytes pages = text_pages(70, 1);
    const PointManifest base = bench.full(pages);
    change_page(pages, 3, 1);
    const PointManifest point = bench.incremental(pages, base.point.id);
    bench.repository->forget(DatabaseName("shop"), base.point.id);
    for (const std::string& name : bench.names("")) {
        const Bytes sound = bench.store.get(name, 1u << 30);
        const std::size_t step = std::max<std::size_t>(1, sound.size() / 150);
        for (std::size_t at = 0; at < sound.size(); at += step) {
            INFO(name << " byte " << at << " of " << sound.size());
            bench.flip(name, at);
            bool found = false;
            try {
                bench.reopen();
                found = !bench.verify().ok();
            } catch (const Error&) {
                found = true;
            }
            CHECK(found);
            try {
                bench.reopen();
                const Bytes restored = bench.restored(point);
                CHECK((restored == pages));
            } catch (const Error&) {
                // Refused: as good as restored.
            }
            bench.store.put(name, sound);
        }
    }
}

TEST_CASE("a damaged footer is made up for by the index", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(300, 1);
    const PointManifest point = bench.full(pages);
    const std::string pack = bench.names("packs/").at(0);
    const std::size_t size = bench.store.look_at(pack)->bytes;
    bench.flip(pack, size - 100);
    CHECK((bench.restored(point) == pages));
    const VerifyReport report = bench.verify();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].touches.empty());
    CHECK(report.damage[0].offset + report.damage[0].bytes == size);
}

TEST_CASE("a sample reads a part and calls nothing sound", "[repository]") {
    Workbench bench;
    for (unsigned i = 0; i < 10; ++i) bench.full(text_pages(10, i));
    const VerifyReport report = bench.repository->verify({}, 0.3, bench.progress, {});
    CHECK(report.packs == 3);
    CHECK(report.sound.empty());
    CHECK_THROWS_AS(bench.repository->verify({PointId("nothing")}, 1.0, bench.progress, {}), Error);
}
