#include "engine/catalog/history.hpp"

#include <catch2/catch.hpp>

#include "engine/catalog/point_rows.hpp"
#include "engine/catalog/schema.hpp"
#include "tests/support/catalog_values.hpp"
#include "tests/support/open_catalog.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Fixture : OpenCatalog {
    PointId put(const std::string& id, std::vector<std::string> stores = {"local"}) {
        const RecoveryPoint point = point_of(id, to_rfc3339(clock.now()), std::move(stores));
        catalog->put_point(point);
        return point.id;
    }
    void check(const PointId& point, const char* store, bool sound) const {
        catalog->record_verification({.point = point, .store = StoreName(store), .at = clock.now(), .sound = sound, .depth = "checksum", .detail = ""});
    }
    void expire(const PointId& point) {
        REQUIRE(catalog->begin_expiry(point, "retention"));
        for (const char* store : {"local", "offsite"}) catalog->remove_copy(point, StoreName(store));
    }
    std::vector<RecoveryPoint> points_at(Instant at) const { return catalog->as_of(at, std::nullopt).points; }
    Instant reached_at(Instant at) const { return catalog->as_of(at, DatabaseName("orders")).windows.at(0).until; }
    void follow(Instant until, std::uint64_t transactions = 7, const std::string& ended = "") {
        catalog->put_window({.database = DatabaseName("orders"), .stream = LogStreamId("01s"), .store = StoreName("local"), .base = PointId("01a"),
                             .from = instant_of("2026-11-20T12:00:00Z"), .until = until, .transactions = transactions, .bytes = 900, .precision = Duration(12), .ended = ended});
    }
    std::int64_t spells() const { return Connection::open_own(folder / "catalog.db").integer("SELECT count(*) FROM window_spell").value_or(0); }
};

bool same(const CatalogMoment& a, const CatalogMoment& b) {
    const auto as_text = [](const CatalogMoment& moment) {
        std::string text;
        for (const Verification& check : moment.checks) text += fmt::format("{} {} {} {};", check.point.str(), check.store.str(), to_rfc3339(check.at), check.sound);
        return text;
    };
    return a.points == b.points && a.windows == b.windows && as_text(a) == as_text(b);
}

}  // namespace

TEST_CASE("a past time is answered the same before and after its points have expired", "[catalog][history]") {
    Fixture f;
    const PointId first = f.put("01a", {"local", "offsite"});
    f.clock.advance(1h);
    f.check(first, "local", false);
    const PointId second = f.put("01b");
    f.catalog->set_pinned(second, true, std::nullopt);
    f.clock.advance(1h);
    const Instant then = f.clock.now();
    f.clock.advance(1h);
    const CatalogMoment before = f.catalog->as_of(then, std::nullopt);
    REQUIRE(before.points.size() == 2);
    CHECK(before.points[0].pinned);
    CHECK(before.points[1].soundness == Soundness::Unchecked);
    CHECK(before.checks.size() == 1);
    f.check(first, "offsite", true);
    f.expire(first);
    f.catalog->set_pinned(second, false, std::nullopt);
    f.expire(second);
    CHECK(f.catalog->points(std::nullopt).empty());
    CHECK(f.catalog->verifications(std::nullopt).empty());
    CHECK(same(before, f.catalog->as_of(then, std::nullopt)));
    CHECK(f.points_at(f.clock.now()).empty());
}

TEST_CASE("a point counts from when it was recorded until its expiry begins", "[catalog][history]") {
    Fixture f;
    f.clock.advance(1h);
    const Instant put_at = f.clock.now();
    const PointId point = f.put("01a");
    f.clock.advance(1h);
    REQUIRE(f.catalog->begin_expiry(point, "retention"));
    const Instant begun = f.clock.now();
    f.clock.advance(1h);
    CHECK(f.points_at(put_at - 1ms).empty());
    CHECK(f.points_at(put_at).size() == 1);
    CHECK(f.points_at(begun - 1ms).size() == 1);
    CHECK(f.points_at(begun).empty());
    const auto gone = f.catalog->gone_points(DatabaseName("orders"));
    REQUIRE(gone.size() == 1);
    CHECK(gone[0].point.id == point);
    CHECK(gone[0].at == begun);
    CHECK(gone[0].why == "retention");
}

TEST_CASE("the row of a point is put once, and again when it had gone", "[catalog][history]") {
    const TemporaryFolder folder;
    Connection database = Connection::open_own(folder / "catalog.db");
    upgrade_catalog(database);
    const RecoveryPoint point = point_of("01a", "2026-11-20T12:00:00Z", {});
    CHECK(put_row(database, point, point.finished));
    CHECK_FALSE(put_row(database, point, point.finished));
    database.run("UPDATE point SET expiring = ?1", kGone);
    CHECK(put_row(database, point, point.finished));
    CHECK(database.integer("SELECT expiring FROM point") == 0);
}

TEST_CASE("a point that comes back has not been there meanwhile", "[catalog][history]") {
    Fixture f;
    const PointId point = f.put("01a");
    const RecoveryPoint facts = *f.catalog->point(point);
    f.clock.advance(1h);
    f.check(point, "local", true);
    f.catalog->replace_points_of(StoreName("local"), DatabaseName("orders"), {});
    CHECK(f.catalog->gone_points(std::nullopt).at(0).why == "the store no longer had it");
    f.clock.advance(1h);
    f.catalog->replace_points_of(StoreName("local"), DatabaseName("orders"), {facts});
    REQUIRE(f.catalog->point(point));
    CHECK(f.catalog->point(point)->soundness == Soundness::Unchecked);
    CHECK(f.catalog->verifications(point).empty());
    CHECK(f.points_at(f.clock.now() - 90min).size() == 1);
    CHECK(f.points_at(f.clock.now() - 30min).empty());
    CHECK(f.points_at(f.clock.now()).size() == 1);
    CHECK(f.catalog->gone_points(std::nullopt).empty());
}

TEST_CASE("a catalog that is made again knows since when its points were there", "[catalog][history]") {
    Fixture f;
    f.catalog->replace_points_of(StoreName("local"), DatabaseName("orders"), {point_of("01a", "2026-11-18T02:00:00Z", {}), point_of("01b", "2026-11-20T13:00:00Z", {})});
    CHECK(f.points_at(instant_of("2026-11-19T00:00:00Z")).size() == 1);
    CHECK(f.points_at(instant_of("2026-11-18T00:00:00Z")).empty());
}

TEST_CASE("what a followed log had reached is told within the lag and never too late", "[catalog][history][log]") {
    Fixture f;
    const Instant begin = f.clock.now();
    std::vector<std::pair<Instant, CatalogMoment>> asked;
    for (int i = 0; i < 200; ++i) {
        f.clock.advance(20s);
        f.follow(f.clock.now(), 7 + static_cast<std::uint64_t>(i));
        const Instant now = f.clock.now();
        asked.emplace_back(now, f.catalog->as_of(now, std::nullopt));
        CHECK(f.reached_at(now) <= now);
        CHECK(f.reached_at(now) >= now - kFollowedLag);
    }
    for (const auto& [at, answer] : asked) CHECK(same(answer, f.catalog->as_of(at, std::nullopt)));
    CHECK(f.catalog->as_of(begin, std::nullopt).windows.empty());
    CHECK(f.spells() <= 3);
}

TEST_CASE("a log that nobody followed for a while had not reached further", "[catalog][history][log]") {
    Fixture f;
    f.clock.advance(1min);
    f.follow(f.clock.now());
    const Instant reached = f.clock.now();
    f.clock.advance(20min);
    f.follow(f.clock.now());
    CHECK(f.reached_at(f.clock.now() - 10min) == reached);
    f.clock.advance(2h);
    f.follow(f.clock.now());
    CHECK(f.reached_at(f.clock.now() - 1h) == reached + 20min);
    CHECK(f.reached_at(f.clock.now()) == f.clock.now());
    f.clock.advance(1s);
    f.follow(reached + 2h, 8, "the file was replaced by another");
    f.clock.advance(1h);
    CHECK(f.catalog->as_of(f.clock.now() - 1h - 1s, std::nullopt).windows.at(0).ended.empty());
    CHECK(f.catalog->as_of(f.clock.now(), std::nullopt).windows.at(0).ended == "the file was replaced by another");
}

TEST_CASE("a log that has expired is still in the past", "[catalog][history][log]") {
    Fixture f;
    f.clock.advance(1h);
    f.follow(f.clock.now());
    const Instant then = f.clock.now();
    f.clock.advance(1h);
    const CatalogMoment before = f.catalog->as_of(then, std::nullopt);
    f.catalog->remove_window(LogStreamId("01s"), StoreName("local"));
    CHECK(same(before, f.catalog->as_of(then, std::nullopt)));
    CHECK(f.catalog->as_of(f.clock.now(), std::nullopt).windows.empty());
}

TEST_CASE("a catalog of the layout before keeps what it knows of the past", "[catalog][history]") {
    const TemporaryFolder folder;
    {
        Connection old = Connection::open_own(folder / "catalog.db");
        upgrade_catalog(old, 2);
        old.execute("INSERT INTO last_done VALUES ('watching since', 0);"
                    "INSERT INTO point VALUES ('01a', 'orders', 'sqlite', 'full', 1000, 1000, 2000, 9, 9, 9, 1, NULL, '', 0, '5f', NULL, 'h', 'u', 'v', '', '', 0);"
                    "INSERT INTO point VALUES ('01b', 'orders', 'sqlite', 'full', 1000, 1000, 2000, 9, 9, 9, 0, NULL, '', 0, '5f', NULL, 'h', 'u', 'v', '', '', 1);"
                    "INSERT INTO copy VALUES ('01a', 'local', 'sound'), ('01b', 'local', 'unchecked');"
                    "INSERT INTO verification VALUES (1, '01a', 'local', 3000, 1, 'checksum', '');"
                    "INSERT INTO log_window VALUES ('orders', '01s', 'local', '01a', 1000, 60000, 3, 9, 5, '')");
    }
    const ManualClock clock("2026-11-20T12:00:00Z");
    const auto catalog = Catalog::open(folder / "catalog.db", clock);
    CHECK(catalog->points(std::nullopt).size() == 1);
    CHECK(catalog->expiring().size() == 1);
    CHECK(catalog->verifications(std::nullopt).size() == 1);
    const CatalogMoment moment = catalog->as_of(from_millis(50'000), std::nullopt);
    REQUIRE(moment.points.size() == 2);
    CHECK(moment.windows.at(0).until == from_millis(50'000));
    const Instant later = instant_of("2100-01-01T00:00:00Z");
    CHECK(catalog->as_of(later, std::nullopt).points == catalog->points(std::nullopt));
    CHECK(catalog->as_of(later, std::nullopt).windows == catalog->windows(std::nullopt));
}
