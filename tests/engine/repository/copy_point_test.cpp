#include "engine/repository/copy_point.hpp"

#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// A second repository, elsewhere, with keys of its own.
struct CopyBench : SmallBench {
    MemoryStore far_store{clock};
    std::unique_ptr<Repository> far = Repository::create(far_store, {Secret(std::string(64, '7'))},
                                                         {.clock = &clock, .cache = folder / "far", .workers = 2, .use_aes = true});
    Source source{{"main", 4096, text_pages(150, 1), 0640}, {"empty", 512, {}}, {"dump", 0, noise(700'000, 2)}};
    PointManifest point = make();

    PointManifest make() {
        const auto writer = repository->begin_image(DatabaseName("shop"), {}, {}, progress, {});
        add_all(*writer, source);
        PointManifest manifest;
        manifest.point.pinned = true;
        manifest.point.provenance.why = "before the migration";
        manifest.identity = "the shop";
        manifest.facts["wal"] = "yes";
        return writer->commit(manifest);
    }
    PointManifest copy(const PointManifest& from, Repository& to) { return copy_point(*repository, from.point.database, from.point.id, to, progress, {}); }
};

}  // namespace

TEST_CASE("a copy has the id, the description and every byte of the original", "[repository]") {
    CopyBench bench;
    bench.clock.advance(std::chrono::hours(5));
    const PointManifest copied = bench.copy(bench.point, *bench.far);
    CHECK(copied.point.id == bench.point.point.id);
    CHECK(copied.point.instant == bench.point.point.instant);
    CHECK(copied.point.started == bench.point.point.started);
    CHECK(copied.point.pinned);
    CHECK(copied.point.provenance == bench.point.point.provenance);
    CHECK(copied.identity == "the shop");
    CHECK(copied.facts == bench.point.facts);
    CHECK(comes_back(*bench.far, copied, bench.source));
    CHECK(bench.far->points(DatabaseName("shop")).at(0).point == copied.point);
    CHECK(bench.far->verify({}, 1.0, bench.progress, {}).ok());
}

TEST_CASE("copying again changes nothing", "[repository]") {
    CopyBench bench;
    bench.copy(bench.point, *bench.far);
    const std::uint64_t before = bench.far->stored_bytes();
    CHECK(bench.copy(bench.point, *bench.far).point.id == bench.point.point.id);
    CHECK(bench.far->stored_bytes() == before);
}

TEST_CASE("a copied incremental stores only what the copy of its base lacks, and needs neither base nor original", "[repository]") {
    CopyBench bench;
    bench.copy(bench.point, *bench.far);
    const std::uint64_t before = bench.far->stored_bytes();
    change_page(bench.source[0].bytes, 20, 5);
    bench.clock.advance(std::chrono::minutes(1));
    const PointManifest next = back_up(*bench.repository, "shop", bench.source, bench.point.point.id);
    bench.copy(next, *bench.far);
    CHECK(bench.far->stored_bytes() - before < 20'000);
    bench.far->forget(DatabaseName("shop"), bench.point.point.id);
    bench.far->collect(Duration(0), 0.5, bench.progress, {});
    bench.store.remove("repository.json");
    CHECK(comes_back(*bench.far, next, bench.source));
}

TEST_CASE("what is damaged is not copied", "[repository]") {
    CopyBench bench;
    for (const std::string& pack : bench.names("packs/")) bench.flip(pack, 200);
    CHECK(code_thrown_by([&] { bench.copy(bench.point, *bench.far); }) == ErrorCode::Corrupt);
    CHECK(bench.far->points(std::nullopt).empty());
}

TEST_CASE("a copy that was interrupted anywhere is completed by copying again", "[repository]") {
    CopyBench bench;
    bool struck = true;
    for (int at = 1; struck; at += 2) {
        MemoryStore target(bench.clock);
        Repository::create(target, raw_key(), {.clock = &bench.clock, .cache = {}, .workers = 1, .use_aes = true});
        HookedStore failing(target);
        const auto to = bench.open(failing, 1);
        int calls = 0;
        failing.before = [&](StoreCall, const std::string&) {
            if (++calls == at) throw Error(ErrorCode::Unavailable, "the line is down");
        };
        static_cast<void>(code_thrown_by([&] { bench.copy(bench.point, *to); }));
        struck = calls >= at;
        failing.before = [](StoreCall, const std::string&) {};
        const PointManifest copied = bench.copy(bench.point, *to);
        CHECK(comes_back(*to, copied, bench.source));
        CHECK(to->points(std::nullopt).size() == 1);
    }
}
