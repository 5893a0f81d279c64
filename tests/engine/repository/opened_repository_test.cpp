// What every call of Repository promises on its own, before anything is written and after.
#include "engine/repository/keyring.hpp"
#include "engine/repository/settings.hpp"
#include "tests/engine/repository/workbench.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("a repository is made once and opened where it is", "[repository]") {
    Workbench bench;
    CHECK(Repository::exists(bench.store));
    CHECK(code_thrown_by([&] { Repository::create(bench.store, raw_key(), bench.options()); }) == ErrorCode::AlreadyExists);
    MemoryStore empty(bench.clock);
    CHECK_FALSE(Repository::exists(empty));
    CHECK(code_thrown_by([&] { Repository::open(empty, raw_key(), bench.options()); }) == ErrorCode::Missing);
    const std::string id = bench.repository->id();
    bench.reopen();
    CHECK(bench.repository->id() == id);
}

TEST_CASE("a creation that was killed before its end leaves nothing in the way", "[repository]") {
    Workbench bench;
    // The key object of a creation that never wrote its repository.json.
    MemoryStore store(bench.clock);
    for (const std::string& key : bench.names("keys/")) REQUIRE(store.put_if_absent(key, bench.store.get(key, 4096)));
    CHECK_FALSE(Repository::exists(store));
    const auto made = Repository::create(store, raw_key(), bench.options());
    CHECK(made->keys().size() == 1);
    CHECK(made->keys().at(0).opened_this);
}

TEST_CASE("a repository that is not encrypted is refused where the policy says it is", "[repository]") {
    Workbench bench(false);
    CHECK(code_thrown_by([&] { Repository::open(bench.store, raw_key(), {.clock = &bench.clock, .cache = {}, .workers = 1, .use_aes = true}); }) == ErrorCode::NotPermitted);
    CHECK(bench.repository->keys().at(0).kind == "none");
    CHECK(code_thrown_by([&] { bench.repository->add_key(raw_key(), ""); }) == ErrorCode::Usage);
}

TEST_CASE("one damaged point does not hide the others", "[repository]") {
    Workbench bench;
    const PointManifest first = bench.full(text_pages(10, 1));
    const PointManifest second = bench.full(text_pages(10, 2));
    bench.flip("points/shop/" + first.point.id.str(), 80);
    const auto listed = bench.repository->points(std::nullopt);
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].point.id == second.point.id);
    CHECK(code_thrown_by([&] { bench.repository->point(DatabaseName("shop"), first.point.id); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([&] { bench.repository->read_image(DatabaseName("shop"), PointId("nothing")); }) == ErrorCode::Missing);
}

TEST_CASE("a point that is forgotten is gone at once and only once", "[repository]") {
    Workbench bench;
    const PointManifest point = bench.full(text_pages(10, 1));
    CHECK(bench.repository->points(DatabaseName("other")).empty());
    CHECK(bench.repository->forget(DatabaseName("shop"), point.point.id));
    CHECK_FALSE(bench.repository->forget(DatabaseName("shop"), point.point.id));
    CHECK(bench.repository->points(DatabaseName("shop")).empty());
}

TEST_CASE("what is stored is the sum of the objects", "[repository]") {
    Workbench bench;
    const std::uint64_t before = bench.repository->stored_bytes();
    const PointManifest point = bench.full(text_pages(600, 1));
    CHECK(point.point.stored_bytes > 0);
    CHECK(bench.repository->stored_bytes() >= before + point.point.stored_bytes);
}

TEST_CASE("a repository without a cache folder works, only slower", "[repository]") {
    Workbench bench;
    bench.repository = Repository::open(bench.store, raw_key(), {.clock = &bench.clock, .cache = {}, .workers = 2, .use_aes = true});
    Bytes pages = text_pages(600, 1);
    const PointManifest base = bench.full(pages);
    change_page(pages, 100, 1);
    const PointManifest point = bench.incremental(pages, base.point.id);
    CHECK((bench.restored(point) == pages));
    // Equal extents are found all the same.
    CHECK(bench.totals.deduplicated_bytes > 500 * kPage);
}
