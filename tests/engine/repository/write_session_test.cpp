#include "engine/repository/write_session.hpp"

#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct SessionBench : SmallBench {
    Source source{{"main", 4096, text_pages(64, 1)}, {"dump", 0, noise(50'000, 1)}};
    PointManifest point = back_up(*repository, "shop", source);
    std::unique_ptr<Keyring> keys = keys_in(store);

    SessionPlace place(Store& through, const std::string& database = "shop") {
        return {.store = &through, .keys = keys.get(), .clock = &clock, .cache = folder / "session", .workers = 1, .database = DatabaseName(database)};
    }
    std::size_t known_chunks() { return WriteSession(place(store), std::nullopt).index().size(); }
};

}  // namespace

TEST_CASE("a session takes its lease before it looks at anything and gives it back", "[repository]") {
    SessionBench bench;
    HookedStore hooked(bench.store);
    std::vector<std::string> order;
    hooked.before = [&](StoreCall, const std::string& name) { order.push_back(name.substr(0, name.find('/') + 1)); };
    {
        const WriteSession session(bench.place(hooked), bench.point.point.id);
        CHECK(bench.names("locks/").size() == 1);
        REQUIRE_FALSE(order.empty());
        CHECK(order.front() == "locks/");
        const auto first = [&](const std::string& what) { return std::ranges::find(order, what) - order.begin(); };
        // Packs, moves and marks are known before the index is: what is listed and marked since is protected by the lease.
        CHECK(first("packs/") < first("index/"));
        CHECK(first("moved/") < first("index/"));
        CHECK(first("marks/") < first("index/"));
    }
    CHECK(bench.names("locks/").empty());
}

TEST_CASE("a session knows the chunks that it can rely on and no others", "[repository]") {
    SessionBench bench;
    const std::size_t all = bench.known_chunks();
    CHECK(all >= 6);
    const std::string pack = bench.names("packs/").at(0);
    const Bytes sound = bench.store.get(pack, 1u << 30);
    SECTION("not those of a pack that is gone") { bench.store.remove(pack); }
    SECTION("not those of a pack that was cut short") { bench.store.put(pack, ByteView(sound).first(sound.size() - 1)); }
    SECTION("not those of a marked pack") { put_mark({&bench.store, bench.keys->sealing(), &bench.clock}, *pack_of_object(pack), bench.clock.now()); }
    SECTION("not those of a pack with known damage") {
        note_damaged_pack({&bench.store, bench.keys->sealing(), &bench.clock}, *pack_of_object(pack), bench.clock.now());
    }
    SECTION("not those of a destroyed key") {
        bench.repository->destroy_database_key(DatabaseName("shop"));
        bench.keys->reload();
        CHECK(bench.known_chunks() == 0);
    }
    CHECK(bench.known_chunks() < all);
}

TEST_CASE("a base is taken where it can be read", "[repository]") {
    SessionBench bench;
    WriteSession with(bench.place(bench.store), bench.point.point.id);
    REQUIRE(with.base() != nullptr);
    CHECK(with.base()->manifest.files.size() == 2);
    CHECK(with.base()->maps.size() == 1);
    CHECK(with.base()->maps.at("main").pages() == 64);
    CHECK(WriteSession(bench.place(bench.store), PointId("01jznk8w3xq5m9c2v7b4h6t0rb")).base() == nullptr);
    CHECK(WriteSession(bench.place(bench.store, "other"), bench.point.point.id).base() == nullptr);
    const std::string object = bench.names("points/").at(0);
    bench.flip(object, bench.store.look_at(object)->bytes - 5);
    CHECK(WriteSession(bench.place(bench.store), bench.point.point.id).base() == nullptr);
}

TEST_CASE("pages of a base whose pack is gone are not known", "[repository]") {
    SessionBench bench;
    for (const std::string& pack : bench.names("packs/")) bench.store.remove(pack);
    WriteSession session(bench.place(bench.store), bench.point.point.id);
    REQUIRE(session.base() != nullptr);
    for (const MapRun& run : session.base()->maps.at("main").runs()) CHECK(run.kind == MapRun::Kind::Unknown);
}

TEST_CASE("fingerprints are made again from the base, once, and only where they can be kept", "[repository]") {
    SessionBench bench;
    WriteSession session(bench.place(bench.store), bench.point.point.id);
    FingerprintFile* made = session.base_fingerprints(bench.progress, {});
    REQUIRE(made != nullptr);
    CHECK(made->section("main")->pages == 64);
    CHECK(session.base_fingerprints(bench.progress, {}) == made);
    SessionPlace without = bench.place(bench.store);
    without.cache.clear();
    CHECK(WriteSession(without, bench.point.point.id).base_fingerprints(bench.progress, {}) == nullptr);
    for (const std::string& pack : bench.names("packs/")) bench.store.remove(pack);
    fs::remove_all(bench.folder / "session");
    CHECK(WriteSession(bench.place(bench.store), bench.point.point.id).base_fingerprints(bench.progress, {}) == nullptr);
}

TEST_CASE("a point whose packs are not all there is not vouched for", "[repository]") {
    SessionBench bench;
    const WriteSession session(bench.place(bench.store), std::nullopt);
    const PointMap map = read_point(bench.store, *bench.keys, {DatabaseName("shop"), bench.point.point.id}).map;
    session.require_packs(map);
    bench.store.remove(bench.names("packs/").at(0));
    CHECK(code_thrown_by([&] { session.require_packs(map); }) == ErrorCode::Changed);
}
