#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/job/backup.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/job/run_plan.hpp"
#include "engine/job/world.hpp"
#include "engine/plan/make_plan.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// A backup each day at noon for twelve days; seven days are kept, and at least two points.
struct Aged : InstallationFixture {
    std::vector<PointId> points;   // Oldest first.

    explicit Aged(int days = 12) {
        for (int day = 0; day < days; ++day) {
            if (day > 0) clock.advance(24h);
            add_sample_orders(live(), 1);
            points.push_back(take());
        }
    }
    PointId take() {
        return back_up_now(installation(), {.database = spec().name, .kind = {}, .keep = {}, .why = {}, .reason = JobReason::ByHand, .idempotency_key = {}}, progress, {}).point.id;
    }
    Plan plan() { return make_plan(policy, world_of(installation()), clock.now()); }
    ExpireOutcome expire(const Plan& made) { return expire_points(installation(), made.retention, progress, {}); }
    ExpireOutcome expire() { return expire(plan()); }
    std::size_t listed() const { return catalog->points(std::nullopt).size(); }
    std::size_t stored(const char* store = "local") { return repositories->of(StoreName(store)).points(std::nullopt).size(); }
    std::string refusals(const ExpireOutcome& outcome) const {
        std::string all;
        for (const std::string& sentence : outcome.refused) all += sentence + "\n";
        return all;
    }
};

}  // namespace

TEST_CASE("points that retention lets go are removed from store and catalog", "[job][expire]") {
    Aged f;
    const ExpireOutcome outcome = f.expire();
    CHECK(f.refusals(outcome).empty());
    CHECK(outcome.expired.size() + f.listed() == 12);
    CHECK_FALSE(outcome.expired.empty());
    CHECK(outcome.expired.front().second == f.points.front());
    CHECK(f.stored() == f.listed());
    CHECK(f.repositories->of(StoreName("local")).verify({}, 1.0, f.progress, {}).ok());
    CHECK(f.catalog->audit_entries(1).at(0).action == "expire");
    CHECK(f.expire().expired.empty());
}

TEST_CASE("space is given back after the grace period", "[job][expire]") {
    Aged f(3);
    f.rules().retention.at_least = 1;
    f.policy.compression.kind = CompressionKind::None;
    f.clock.advance(24h * 30);
    f.take();
    REQUIRE_FALSE(f.expire().expired.empty());
    const std::uint64_t before = f.repositories->of(StoreName("local")).stored_bytes();
    f.clock.advance(25h);
    CHECK(f.expire().bytes_freed > 0);
    CHECK(f.repositories->of(StoreName("local")).stored_bytes() < before);
    CHECK(f.repositories->of(StoreName("local")).verify({}, 1.0, f.progress, {}).ok());
}

TEST_CASE("only points that the plan names are removed", "[job][expire]") {
    Aged f;
    CHECK(expire_points(f.installation(), {}, f.progress, {}).expired.empty());
    CHECK(f.listed() == 12);
}

TEST_CASE("a point that was pinned after the plan was made stays", "[job][expire]") {
    Aged f;
    const Plan plan = f.plan();
    f.catalog->set_pinned(f.points[0], true, std::nullopt);
    const ExpireOutcome outcome = f.expire(plan);
    CHECK(f.catalog->point(f.points[0]));
    CHECK_THAT(f.refusals(outcome), Catch::Contains(f.points[0].str() + " stays after all"));
}

TEST_CASE("a point that another installation has pinned in the store stays", "[job][expire]") {
    Aged f;
    const Plan plan = f.plan();
    f.repositories->of(StoreName("local")).set_pin(f.spec().name, f.points[0], {.pinned = true, .keep_until = std::nullopt});
    f.repositories->of(StoreName("local")).set_pin(f.spec().name, f.points[1], {.pinned = false, .keep_until = f.clock.now() - 1h});
    const ExpireOutcome outcome = f.expire(plan);
    CHECK(f.catalog->point(f.points[0]));
    CHECK_FALSE(f.catalog->point(f.points[1]));
    CHECK_THAT(f.refusals(outcome), Catch::Contains(f.points[0].str() + " stays: it is pinned in local"));
}

TEST_CASE("a policy that was tightened to nothing since still keeps at_least", "[job][expire]") {
    Aged f(6);
    Plan plan;
    DatabaseRetention all;
    all.database = f.spec().name;
    for (const PointId& point : f.points) all.verdicts.push_back({.point = point, .reasons = {}});
    plan.retention = {all};
    f.rules().retention.daily = Period{.months = 0, .rest = 1ms};
    f.rules().retention.at_least = 3;
    f.expire(plan);
    CHECK(f.listed() == 3);
    CHECK(f.catalog->points(std::nullopt).at(0).id == f.points[5]);
}

TEST_CASE("an empty rule removes nothing", "[job][expire]") {
    Aged f(4);
    const Plan plan = [&] {
        f.rules().retention.daily = Period{.months = 0, .rest = 1ms};
        return f.plan();
    }();
    f.rules().retention.daily = std::nullopt;
    CHECK(f.expire(plan).expired.empty());
    CHECK(f.listed() == 4);
}

TEST_CASE("a clock that was moved back removes nothing", "[job][expire]") {
    Aged f;
    const Plan plan = f.plan();
    f.clock.set(f.clock.now() - 24h * 400);
    CHECK(f.expire(plan).expired.empty());
    CHECK(f.listed() == 12);
}

TEST_CASE("a clock that ran ahead leaves at_least", "[job][expire]") {
    Aged f;
    f.clock.set(f.clock.now() + 24h * 4000);
    f.expire();
    CHECK(f.listed() == 2);
}

TEST_CASE("damaged points do not count as good ones that remain", "[job][expire]") {
    Aged f(4);
    for (int i : {2, 3}) {
        f.catalog->record_verification({.point = f.points[static_cast<std::size_t>(i)], .store = StoreName("local"), .at = f.clock.now(),
                                        .sound = false, .depth = "checksum", .detail = ""});
    }
    f.clock.advance(24h * 100);
    f.expire();
    CHECK(f.catalog->point(f.points[0]));
    CHECK(f.catalog->point(f.points[1]));
}

TEST_CASE("a store's lock keeps a point until its time is over", "[job][expire]") {
    Aged f;
    f.policy.stores[0].lock = StoreLock{.mode = LockMode::Compliance, .for_period = *parse_period("30d")};
    const ExpireOutcome outcome = f.expire();
    CHECK(outcome.expired.empty());
    CHECK_THAT(f.refusals(outcome), Catch::Contains("local locks it until"));
    CHECK(f.stored() == 12);
}

TEST_CASE("a point is not half removed where one of its stores does not answer", "[job][expire]") {
    Aged f;
    f.catalog->add_copy(f.points[0], StoreName("offsite"));
    const ExpireOutcome outcome = f.expire();
    CHECK(f.catalog->point(f.points[0]));
    CHECK_THAT(f.refusals(outcome), Catch::Contains(f.points[0].str() + " stays"));
}

TEST_CASE("what was begun before a crash is finished", "[job][expire]") {
    Aged f(3);
    REQUIRE(f.catalog->begin_expiry(f.points[0]));
    SECTION("with its bytes still in the store") {}
    SECTION("with its bytes already gone") { f.repositories->of(StoreName("local")).forget(f.spec().name, f.points[0]); }
    const ExpireOutcome outcome = expire_points(f.installation(), {}, f.progress, {});
    CHECK(outcome.expired.size() == 1);
    CHECK(f.catalog->expiring().empty());
    CHECK(f.stored() == 2);
}

TEST_CASE("nothing is expired of a database that is being backed up", "[job][expire]") {
    Aged f;
    const Plan plan = f.plan();
    const DatabaseLock other = DatabaseLock::take(f.installation(), f.spec().name, "a full backup");
    const ExpireOutcome outcome = f.expire(plan);
    CHECK(outcome.expired.empty());
    CHECK_THAT(f.refusals(outcome), Catch::Contains("a full backup"));
}

TEST_CASE("points of a database that left the policy stay", "[job][expire]") {
    Aged f;
    const Plan plan = f.plan();
    f.policy.databases.clear();
    CHECK_THAT(f.refusals(f.expire(plan)), Catch::Contains("no longer in the policy"));
    CHECK(f.stored() == 12);
}

TEST_CASE("a stop between points is said and leaves each whole or gone", "[job][expire]") {
    Aged f;
    std::stop_source stop;
    stop.request_stop();
    const ExpireOutcome outcome = expire_points(f.installation(), f.plan().retention, f.progress, stop.get_token());
    CHECK(outcome.expired.empty());
    CHECK_THAT(f.refusals(outcome), Catch::Contains("stopped on request"));
}

TEST_CASE("an incremental can be restored after its base has gone", "[job][expire]") {
    Aged f(2);
    REQUIRE(f.catalog->points(std::nullopt).at(0).kind == BackupKind::Incremental);
    REQUIRE(f.repositories->of(StoreName("local")).forget(f.spec().name, f.points[0]));
    f.repositories->of(StoreName("local")).collect(24h, 0.4, f.progress, {});
    f.clock.advance(48h);
    f.repositories->of(StoreName("local")).collect(24h, 0.4, f.progress, {});
    CHECK(f.repositories->of(StoreName("local")).verify({f.points[1]}, 1.0, f.progress, {}).ok());
}
