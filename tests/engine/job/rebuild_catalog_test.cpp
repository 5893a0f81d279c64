#include "engine/job/rebuild_catalog.hpp"

#include <catch2/catch.hpp>

#include "engine/job/backup.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/job/pins.hpp"
#include "engine/job/verify_points.hpp"
#include "tests/engine/repository/hooked_store.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Rebuilt : InstallationFixture {
    Rebuilt() {
        spec().environment = EnvironmentName("prod");
        for (int i = 0; i < 3; ++i) {
            take();
            clock.advance(1h);
        }
    }
    void take() {
        back_up_now(installation(), {.database = spec().name, .kind = {}, .keep = parse_period("30d"), .why = "x", .reason = JobReason::ByHand, .idempotency_key = {}}, progress, {});
    }
    RebuildReport rebuild(const std::set<StoreName>& lost = {}) { return rebuild_catalog(installation(), lost, progress, {}); }
    void lose_catalog() {
        catalog.reset();
        for (const char* side : {"", "-wal", "-shm"}) fs::remove(state().string() + "/catalog.db" + side);
        reopen();
    }
};

std::vector<RecoveryPoint> without_soundness(std::vector<RecoveryPoint> points) {
    for (RecoveryPoint& point : points) point.soundness = Soundness::Unchecked;
    return points;
}

}  // namespace

TEST_CASE("a lost catalog is made again from the stores", "[job][rebuild]") {
    Rebuilt f;
    const auto before = f.catalog->points(std::nullopt);
    f.lose_catalog();
    REQUIRE(f.catalog->points(std::nullopt).empty());
    const RebuildReport report = f.rebuild();
    CHECK(report.ok());
    REQUIRE(report.stores.size() == 2);
    CHECK(report.stores[0].points == 3);
    CHECK(report.stores[0].added == 3);
    CHECK(f.catalog->points(std::nullopt) == without_soundness(before));
}

TEST_CASE("a rebuild of what is right changes nothing", "[job][rebuild]") {
    Rebuilt f;
    const auto before = f.catalog->points(std::nullopt);
    pin_point(f.installation(), before.at(1).id, std::nullopt, "for ever");
    const auto pinned = f.catalog->points(std::nullopt);
    const RebuildReport report = f.rebuild();
    CHECK(report.stores[0].added == 0);
    CHECK(report.stores[0].removed == 0);
    CHECK(f.catalog->points(std::nullopt) == pinned);
}

TEST_CASE("points that a store has lost are forgotten there", "[job][rebuild]") {
    Rebuilt f;
    const PointId gone = f.catalog->points(std::nullopt).at(0).id;
    f.repositories->of(StoreName("local")).forget(f.spec().name, gone);
    CHECK(f.rebuild().stores.at(0).removed == 1);
    CHECK(f.catalog->point(gone)->copies == std::vector{StoreName("offsite")});
    fs::remove_all(f.store_folder("offsite"));
    f.reopen();
    CHECK(f.rebuild({StoreName("offsite")}).stores.at(1).removed == 3);
    CHECK(f.catalog->points(std::nullopt).size() == 2);
}

TEST_CASE("the points of a store that is not mounted stay, unless it is said to be lost", "[job][rebuild]") {
    Rebuilt f;
    fs::rename(f.store_folder("offsite"), f.store_folder("unmounted"));
    f.reopen();
    const auto before = f.catalog->points(std::nullopt);
    const RebuildReport report = f.rebuild();
    CHECK_FALSE(report.ok());
    CHECK_THAT(report.stores.at(1).error, Catch::Contains("is it mounted?") && Catch::Contains("catalog rebuild --lost offsite"));
    CHECK(f.catalog->points(std::nullopt) == before);
    fs::remove_all(f.store_folder("offsite"));
    fs::rename(f.store_folder("unmounted"), f.store_folder("offsite"));
    f.reopen();
    CHECK(f.rebuild().ok());
    CHECK_THROWS_WITH(f.rebuild({StoreName("offsite")}), Catch::Contains("is not lost"));
    CHECK_THROWS_WITH(f.rebuild({StoreName("nowhere")}), Catch::Contains("no store nowhere"));
    CHECK(f.catalog->points(std::nullopt) == before);
}

TEST_CASE("a pin outlives the catalog, and so does its end", "[job][rebuild]") {
    Rebuilt f;
    const auto points = f.catalog->points(std::nullopt);
    const Instant until = f.clock.now() + 720h;
    CHECK(pin_point(f.installation(), points.at(0).id, std::nullopt, "for ever").empty());
    CHECK(pin_point(f.installation(), points.at(1).id, until, "for a while").empty());
    CHECK(pin_point(f.installation(), points.at(2).id, std::nullopt, "for ever").empty());
    unpin_point(f.installation(), points.at(2).id);
    f.lose_catalog();
    REQUIRE(f.rebuild().ok());
    CHECK(f.catalog->point(points.at(0).id)->pin() == Pin{.pinned = true, .keep_until = std::nullopt});
    CHECK(f.catalog->point(points.at(1).id)->pin() == Pin{.pinned = false, .keep_until = until});
    CHECK(f.catalog->point(points.at(2).id)->pin() == Pin{});
}

TEST_CASE("a point stays pinned where a store cannot be told", "[job][rebuild]") {
    Rebuilt f;
    const PointId id = f.catalog->points(std::nullopt).at(0).id;
    fs::rename(f.store_folder("offsite"), f.store_folder("unmounted"));
    f.reopen();
    const auto untold = pin_point(f.installation(), id, std::nullopt, "for ever");
    REQUIRE(untold.size() == 1);
    CHECK_THAT(untold.at(0), Catch::Contains("offsite"));
    CHECK_THROWS_WITH(unpin_point(f.installation(), id), Catch::Contains("stays pinned: offsite cannot be told"));
    CHECK(f.catalog->point(id)->pinned);
    fs::remove_all(f.store_folder("offsite"));
    fs::rename(f.store_folder("unmounted"), f.store_folder("offsite"));
    f.reopen();
    unpin_point(f.installation(), id);
    f.lose_catalog();
    REQUIRE(f.rebuild().ok());
    CHECK_FALSE(f.catalog->point(id)->pinned);
}

TEST_CASE("a store that cannot be read keeps its points in the catalog", "[job][rebuild]") {
    Rebuilt f;
    write_file_durably(f.store_folder("offsite") / "repository.json", as_bytes("rubbish"));
    f.reopen();
    const RebuildReport report = f.rebuild();
    CHECK_FALSE(report.ok());
    CHECK_FALSE(report.stores.at(1).error.empty());
    CHECK(f.catalog->points(std::nullopt).at(0).copies.size() == 2);
}

TEST_CASE("a database that is worked on is left alone by a rebuild", "[job][rebuild]") {
    Rebuilt f;
    const DatabaseLock other = DatabaseLock::take(f.installation(), f.spec().name, "a full backup");
    const PointId gone = f.catalog->points(std::nullopt).at(0).id;
    f.repositories->of(StoreName("local")).forget(f.spec().name, gone);
    const RebuildReport report = f.rebuild();
    CHECK(report.notes.size() == 1);
    CHECK(f.catalog->point(gone)->copies.size() == 2);
}

TEST_CASE("verifying names the damaged points and records it", "[job][verify]") {
    Rebuilt f;
    CHECK(verify_points(f.installation(), {}, f.progress, {}).ok());
    for (const auto& entry : fs::recursive_directory_iterator(f.store_folder("local") / "packs")) {
        if (!entry.is_regular_file()) continue;
        File file = File::open(entry.path(), File::Mode::ReadWrite);
        std::array<std::byte, 64> bytes{};
        file.read_exactly_at(file.size() / 2, bytes);
        for (std::byte& byte : bytes) byte ^= std::byte{1};
        file.write_at(file.size() / 2, bytes);
    }
    f.reopen();
    const VerifyOutcome outcome = verify_points(f.installation(), {.points = {}, .sample = 1.0, .store = StoreName("local")}, f.progress, {});
    CHECK_FALSE(outcome.ok());
    REQUIRE_FALSE(outcome.stores.at(0).report.damaged.empty());
    const PointId damaged = outcome.stores.at(0).report.damaged.front();
    CHECK(f.catalog->soundness_in(damaged, StoreName("local")) == Soundness::Damaged);
    CHECK(f.catalog->point(damaged)->soundness == Soundness::Sound);
    CHECK_FALSE(f.catalog->verifications(damaged).at(0).detail.empty());
}

TEST_CASE("a sample that finds nothing makes no point sound", "[job][verify]") {
    Rebuilt f;
    f.lose_catalog();
    f.rebuild();
    const VerifyOutcome outcome = verify_points(f.installation(), {.points = {}, .sample = 0.5, .store = {}}, f.progress, {});
    CHECK(outcome.ok());
    CHECK(f.catalog->points(std::nullopt).at(0).soundness == Soundness::Unchecked);
}

TEST_CASE("one point is verified in every store that holds it", "[job][verify]") {
    Rebuilt f;
    const PointId one = f.catalog->points(std::nullopt).at(1).id;
    const VerifyOutcome outcome = verify_points(f.installation(), {.points = {one}, .sample = 1.0, .store = {}}, f.progress, {});
    REQUIRE(outcome.stores.size() == 2);
    CHECK(outcome.stores[1].report.sound == std::vector{one});
}

TEST_CASE("a point that expires right after it was read back ends no verification", "[job][verify]") {
    Rebuilt f;
    const RecoveryPoint gone = f.catalog->points(std::nullopt).at(1);
    f.catalog->set_pinned(gone.id, false, std::nullopt);
    // The same folder, through a store that looks on. Looked at once for the list of what is there, then for what is recorded of it.
    const auto local = open_local_store(f.policy.stores.front());
    int looks = 0;
    f.stores.add("hooked", [&](const StoreSpec&) {
        auto store = std::make_unique<HookedStore>(*local);
        store->before = [&](StoreCall call, const std::string& name) {
            if (call != StoreCall::LookAt || !name.starts_with("points/") || !name.ends_with(gone.id.str()) || ++looks != 2) return;
            CHECK(f.catalog->begin_expiry(gone.id));
            local->remove(name);
        };
        return store;
    });
    f.policy.stores.front().url = "hooked:///local";
    f.reopen();
    const VerifyOutcome outcome = verify_points(f.installation(), {.points = {}, .sample = 1.0, .store = StoreName("local")}, f.progress, {});
    CHECK(outcome.ok());
    CHECK(looks >= 2);
    CHECK(f.catalog->verifications(f.catalog->points(std::nullopt).at(0).id).size() > 0);
    f.repositories.reset();   // Before the store that they look at.
}

TEST_CASE("a point that the store has lost is damaged there", "[job][verify]") {
    Rebuilt f;
    const RecoveryPoint gone = f.catalog->points(std::nullopt).at(1);
    f.repositories->of(StoreName("local")).forget(gone.database, gone.id);
    const bool all = GENERATE(true, false);
    VerifyRequest request{.points = {}, .sample = 1.0, .store = {}};
    if (!all) request.points = {gone.id};
    const VerifyOutcome outcome = verify_points(f.installation(), request, f.progress, {});
    CHECK_FALSE(outcome.ok());
    CHECK(outcome.stores.at(0).report.damaged == std::vector{gone.id});
    CHECK(f.catalog->soundness_in(gone.id, StoreName("local")) == Soundness::Damaged);
    CHECK(f.catalog->soundness_in(gone.id, StoreName("offsite")) == Soundness::Sound);
}
