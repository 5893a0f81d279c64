// What verify() says about damage: which bytes, of which files, of which points.
#include "engine/repository/verify.hpp"

#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// One object of every kind: two keys, a destroyed one, moved chunks, a mark, an index, points of two databases that share.
struct EveryKind : SmallBench {
    Source shop{{"main", 4096, text_pages(64, 1)}, {"dump", 0, noise(60'000, 2)}};
    Source crm = shop;
    std::vector<std::pair<PointManifest, Source>> points;

    EveryKind() {
        back_up(*repository, "gone", {{"main", 4096, text_pages(5, 9)}});
        repository->destroy_database_key(DatabaseName("gone"));
        const PointManifest first = back_up(*repository, "shop", shop);
        // With what no delta is worth it for, so that nothing needs what was there.
        const Bytes fresh = noise(40 * kPage, 5);
        std::ranges::copy(fresh, shop[0].bytes.begin());
        points.emplace_back(back_up(*repository, "shop", shop, first.point.id), shop);
        repository->forget(DatabaseName("shop"), first.point.id);
        collect(24h, 0.9);
        clock.advance(48h);
        collect(24h, 0);
        points.emplace_back(back_up(*repository, "crm", shop), shop);
        const PointManifest unneeded = back_up(*repository, "crm", {{"main", 4096, text_pages(20, 8)}});
        repository->forget(DatabaseName("crm"), unneeded.point.id);
        collect(24h, 0);
        repository->add_key({Secret(std::string(64, '3'))}, "another");
    }
};

bool touches(const Damage& damage, const PointId& point, const std::string& file, std::uint64_t offset, std::uint64_t bytes) {
    return std::ranges::any_of(damage.touches, [&](const Damage::Touched& each) {
        return each.point == point && each.file == file && each.offset == offset && each.bytes == bytes;
    });
}

}  // namespace

TEST_CASE("a flipped byte in an object of any kind is found, named, and nothing wrong is read", "[repository][long]") {
    EveryKind bench;
    REQUIRE(bench.verify().ok());
    for (const std::string kind : {"keys/", "data-keys/", "destroyed/", "packs/", "points/", "index/", "moved/", "marks/"}) {
        INFO(kind);
        REQUIRE_FALSE(bench.names(kind).empty());
    }
    for (const std::string& name : bench.names("")) {
        const Bytes sound = bench.store.get(name, 1u << 30);
        const std::size_t step = std::max<std::size_t>(1, sound.size() / 40);
        for (std::size_t at = 0; at < sound.size(); at += at < 8 ? 1 : step) {
            INFO(name << " byte " << at << " of " << sound.size());
            bench.flip(name, at);
            const auto refused = code_thrown_by([&] {
                const auto opened = bench.open(bench.store);
                const VerifyReport report = opened->verify({}, 1.0, bench.progress, {});
                CHECK_FALSE(report.ok());
                CHECK(std::ranges::any_of(report.damage, [&](const Damage& damage) { return damage.object == name; }));
                for (const auto& [point, source] : bench.points) {
                    const bool said_sound = std::ranges::find(report.sound, point.point.id) != report.sound.end();
                    bool same = false;
                    const auto code = code_thrown_by([&] { same = comes_back(*opened, point, source); });
                    CHECK((same || code));
                    if (said_sound) CHECK(same);
                }
            });
            // Only what is needed to open it at all may refuse everything.
            if (refused) CHECK((name == "repository.json" || name.starts_with("keys/")));
            bench.store.put(name, sound);
        }
    }
    bench.verify();   // Takes its notes of damage back.
    CHECK(bench.verify().ok());
    CHECK(bench.names("damaged/").empty());
}

TEST_CASE("an object of any kind that is cut short or gone is found, and no other database suffers", "[repository][long]") {
    EveryKind bench;
    for (const std::string& name : bench.names("")) {
        if (name.starts_with("keys/") || name == "repository.json") continue;
        const Bytes sound = bench.store.get(name, 1u << 30);
        for (const std::size_t left : {std::size_t{0}, std::size_t{20}, sound.size() / 2, sound.size() - 1}) {
            if (left >= sound.size()) continue;
            INFO(name << " cut to " << left);
            bench.store.put(name, ByteView(sound).first(left));
            const VerifyReport report = bench.verify();
            CHECK(std::ranges::any_of(report.damage, [&](const Damage& damage) { return damage.object == name; }));
            for (const auto& [point, source] : bench.points) {
                bool same = false;
                const auto code = code_thrown_by([&] { same = comes_back(*bench.repository, point, source); });
                CHECK((same || code));
            }
        }
        bench.store.put(name, sound);
    }
    bench.repository = bench.open(bench.store);
    for (const auto& [point, source] : bench.points) CHECK(comes_back(*bench.repository, point, source));
}

TEST_CASE("damage in a shared pack names the ranges in pages and streams of every point of every database", "[repository]") {
    SmallBench bench;
    const Source source{{"main", 4096, noise(64 * kPage, 1)}, {"dump", 0, noise(100'000, 2)}};
    const PointManifest shop = back_up(*bench.repository, "shop", source);
    const PointManifest crm = back_up(*bench.repository, "crm", source);
    const PointManifest other = back_up(*bench.repository, "other", {{"main", 4096, noise(5 * kPage, 3)}});
    const auto keys = keys_in(bench.store);
    const OpenedPoint opened = read_point(bench.store, *keys, {DatabaseName("shop"), shop.point.id});
    PackSource packs(bench.store, *keys);

    // The second extent of main: pages 16 to 31.
    const auto at = [&] {
        std::optional<MapRun> found;
        opened.map.files[0].pages.each_in(16, 1, [&](const MapRun& each) { found = each; });
        return *found;
    }();
    const NeededPack& needed = opened.map.packs[at.pack];
    const auto pack = packs.open(needed.id, needed.owner, nullptr);
    const PackEntry& entry = pack->entries.at(at.address / 16);
    bench.flip(pack_object(needed.id), entry.offset + entry.stored_bytes / 2);
    VerifyReport report = bench.verify();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].object == pack_object(needed.id));
    CHECK(report.damage[0].offset == entry.offset);
    CHECK(report.damage[0].bytes == entry.stored_bytes);
    CHECK(touches(report.damage[0], shop.point.id, "main", 65536, 65536));
    CHECK(touches(report.damage[0], crm.point.id, "main", 65536, 65536));
    CHECK(report.damage[0].touches.size() == 2);
    CHECK(report.sound == std::vector{other.point.id});
    bench.flip(pack_object(needed.id), entry.offset + entry.stored_bytes / 2);

    // One piece of the stream.
    const StreamPiece& piece = opened.map.files[1].pieces.at(2);
    const std::uint64_t from = opened.map.files[1].pieces[0].bytes + opened.map.files[1].pieces[1].bytes;
    const NeededPack& holds = opened.map.packs[piece.pack];
    const PackEntry& part = packs.open(holds.id, holds.owner, nullptr)->entries.at(piece.entry);
    bench.flip(pack_object(holds.id), part.offset);
    report = bench.verify();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].offset == part.offset);
    CHECK(touches(report.damage[0], shop.point.id, "dump", from, piece.bytes));
    CHECK(touches(report.damage[0], crm.point.id, "dump", from, piece.bytes));
    // A part of the file that does not lie there can still be read.
    const auto reader = bench.repository->read_image(DatabaseName("shop"), shop.point.id);
    Bytes before(from);
    reader->read_at("dump", 0, before);
    CHECK(std::equal(before.begin(), before.end(), source[1].bytes.begin()));
    CHECK(code_thrown_by([&] { reader->read_at("dump", from, std::span(before).first(1)); }) == ErrorCode::Corrupt);
}

TEST_CASE("asking about one point says nothing about others", "[repository]") {
    SmallBench bench;
    const PointManifest shop = back_up(*bench.repository, "shop", {{"main", 4096, text_pages(64, 1)}});
    const std::string pack = bench.names("packs/").at(0);
    const PointManifest crm = back_up(*bench.repository, "crm", {{"main", 4096, text_pages(64, 2)}});
    bench.flip(pack, 200);
    CHECK(bench.repository->verify({crm.point.id}, 1.0, bench.progress, {}).ok());
    CHECK_FALSE(bench.repository->verify({shop.point.id}, 1.0, bench.progress, {}).ok());
    CHECK(bench.repository->verify({shop.point.id, crm.point.id}, 1.0, bench.progress, {}).sound == std::vector{crm.point.id});
}

TEST_CASE("the check after a backup reads what it added and finds what is wrong there", "[repository]") {
    SmallBench bench;
    Source source{{"main", 4096, text_pages(64, 1)}};
    const PointManifest base = back_up(*bench.repository, "shop", source);
    const auto old = bench.names("packs/");
    change_page(source[0].bytes, 5, 5);
    const PointManifest point = back_up(*bench.repository, "shop", source, base.point.id);
    const VerifyReport report = bench.repository->verify_added(point.point.id, bench.progress, {});
    CHECK(report.ok());
    CHECK(report.packs == 1);
    CHECK(report.chunks == 1);
    for (const std::string& pack : bench.names("packs/")) {
        if (std::ranges::find(old, pack) == old.end()) bench.flip(pack, 70);
    }
    const VerifyReport damaged = bench.repository->verify_added(point.point.id, bench.progress, {});
    REQUIRE(damaged.damage.size() == 1);
    CHECK(touches(damaged.damage[0], point.point.id, "main", 5 * kPage, kPage));
}

TEST_CASE("a new backup does not rely on packs that were found damaged", "[repository]") {
    SmallBench bench;
    const Source source{{"main", 4096, text_pages(64, 1)}};
    const PointManifest first = back_up(*bench.repository, "shop", source);
    const std::string pack = bench.names("packs/").at(0);
    bench.flip(pack, 200);
    CHECK_FALSE(bench.verify().ok());
    const PointManifest full = back_up(*bench.repository, "shop", source);
    const PointManifest incremental = back_up(*bench.repository, "shop", source, first.point.id);
    CHECK(comes_back(*bench.repository, full, source));
    CHECK(comes_back(*bench.repository, incremental, source));
    // The damaged point goes; then nothing damaged is left.
    bench.repository->forget(DatabaseName("shop"), first.point.id);
    bench.clock.advance(1h);
    bench.collect(0s);
    bench.clock.advance(1h);
    bench.collect(0s);
    CHECK(bench.verify().ok());
    CHECK(comes_back(*bench.repository, incremental, source));
}

TEST_CASE("a verification that is stopped ends", "[repository]") {
    SmallBench bench;
    back_up(*bench.repository, "shop", {{"main", 4096, text_pages(64, 1)}});
    std::stop_source stop;
    stop.request_stop();
    CHECK(code_thrown_by([&] { bench.repository->verify({}, 1.0, bench.progress, stop.get_token()); }) == ErrorCode::Cancelled);
    CHECK(code_thrown_by([&] { bench.repository->collect(0s, 0, bench.progress, stop.get_token()); }) == ErrorCode::Cancelled);
    CHECK(bench.names("locks/").empty());
}
