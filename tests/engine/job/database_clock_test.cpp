#include "engine/job/database_clock.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "engine/job/backup.hpp"
#include "engine/job/log_stream.hpp"
#include "engine/job/take_log.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/log_states.hpp"
#include "engine/recovery/restore.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/live_numbers.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct SetBack : InstallationFixture {
    LiveNumbers numbers{live()};

    LogDone take() {
        clock.advance(1min);
        const DatabaseLock lock = DatabaseLock::take(installation(), spec().name, "a log backup");
        return take_log(installation(), spec(), lock, progress, {});
    }
    PointId back_up() {
        clock.advance(1min);
        return back_up_now(installation(), {.database = spec().name, .kind = BackupKind::Incremental, .place = {}, .keep = {}, .why = "a test", .reason = JobReason::ByHand, .idempotency_key = {}}, progress, {}).point.id;
    }
    void reset_log() { numbers.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)"); }
    // Somebody sets the clock, and everything runs in another process from then on.
    void set_clock(Instant to) {
        clock.set(to);
        reopen();
    }
    std::int64_t newest_before(std::optional<Instant> before) {
        const RecoveryTarget target = find_target(installation(), spec().name, before ? std::optional(Before{.at = *before, .transaction = {}}) : std::nullopt);
        const fs::path to = folder / fmt::format("restored-{}.db", ++restores);
        restore_point(installation(), {.point = target.point, .to = to.string(), .delta = false, .store = {}, .log = target.log, .over_live = false}, progress, {});
        return LiveNumbers::newest_in(to).value_or(-1);
    }
    Instant newest() { return newest_recorded(installation(), spec()).value(); }
    int restores = 0;
};

}  // namespace

TEST_CASE("time goes on at half its pace while the machine is behind, and is the machine's again then", "[job][clock]") {
    ManualClock machine("2026-11-20T12:00:00Z");
    const Instant newest = machine.now() + 1h;
    const DatabaseClock clock(machine, newest);
    CHECK(clock.now() == newest + 1ms);
    machine.advance(1h);
    CHECK(clock.now() == newest + 30min + 1ms);
    machine.advance(2h);
    CHECK(clock.now() == machine.now());
    machine.set(machine.now() - 10min);
    CHECK(clock.now() == machine.now() + 10min);
    machine.advance(4min);
    CHECK(clock.now() == machine.now() + 8min);
    machine.set(machine.now() + 1h);
    CHECK(clock.now() == machine.now());
}

TEST_CASE("where nothing is behind, time is the machine's", "[job][clock]") {
    ManualClock machine("2026-11-20T12:00:00Z");
    for (const Instant newest : {Instant::min(), machine.now() - 5min, machine.now()}) CHECK(DatabaseClock(machine, newest).now() == machine.now());
}

TEST_CASE("a clock that was set back while nobody followed loses no transaction", "[job][clock][log]") {
    SetBack f;
    const Instant noon = f.clock.now();
    f.take();
    f.numbers.add(2);
    f.clock.advance(1h);
    f.take();
    const Instant before_step = f.newest();
    f.numbers.add(1);
    SECTION("the log goes on") {}
    SECTION("the log was reset") {
        f.reset_log();
        f.numbers.add(1);
    }
    const std::int64_t third = f.numbers.last();
    f.set_clock(noon + 10min);
    f.take();
    CHECK(f.newest() > before_step);
    CHECK(f.newest_before(std::nullopt) == third);
    f.numbers.add(2);
    f.take();
    CHECK(f.newest_before(std::nullopt) == third + 2);
    // Moments of the time that there was twice are those before the step.
    CHECK(f.newest_before(before_step) <= 2);
    CHECK(f.newest_before(f.newest() + 1ms) == third + 2);
    // Once the clock has caught up nothing is left of it.
    f.clock.advance(3h);
    f.numbers.add(1);
    f.take();
    CHECK(f.newest_before(f.clock.now() + 1ms) == third + 3);
    CHECK(f.newest() == f.clock.now());
}

TEST_CASE("points that are taken after the clock was set back are newer than those before", "[job][clock]") {
    SetBack f;
    f.back_up();
    f.clock.advance(1h);
    f.numbers.add(1);
    const PointId second = f.back_up();
    f.set_clock(f.clock.now() - 2h);
    f.numbers.add(1);
    const PointId third = f.back_up();
    const std::vector<RecoveryPoint> points = f.catalog->points(f.spec().name);
    REQUIRE(points.size() == 3);
    CHECK(points[0].id == third);
    CHECK(points[1].id == second);
    CHECK(points[0].started <= points[0].instant);
    CHECK(points[0].instant <= points[0].finished);
    CHECK(f.newest_before(std::nullopt) == 2);
}

TEST_CASE("a point beside a log that goes on under a clock set back is not taken for the newest state", "[job][clock][log]") {
    SetBack f;
    f.take();
    f.numbers.add(1);
    f.clock.advance(1h);
    f.take();
    f.set_clock(f.clock.now() - 50min);
    f.numbers.add(1);
    f.back_up();
    f.numbers.add(1);
    f.take();
    CHECK(f.newest_before(std::nullopt) == 3);
    CHECK(f.catalog->windows(f.spec().name).size() == 1);
}

TEST_CASE("what a killed follower has put into the store counts, though the catalog does not know it", "[job][clock][log]") {
    SetBack f;
    f.take();
    f.numbers.add(1);
    const LogWindow known = f.catalog->windows(f.spec().name).at(0);
    f.clock.advance(1h);
    f.take();
    const Instant newest = f.newest();
    f.catalog->put_window(known);
    CHECK(f.catalog->windows(f.spec().name).at(0).until < newest);
    CHECK(f.newest() == newest);
}

TEST_CASE("transactions around a moment are found when the clock was set back", "[job][clock][log]") {
    SetBack f;
    f.take();
    f.numbers.add(1);
    f.clock.advance(1h);
    f.take();
    f.set_clock(f.clock.now() - 30min);
    f.numbers.add(1);
    f.reset_log();
    for (int i = 0; i < 3; ++i) {
        f.numbers.add(1);
        f.take();
    }
    const Instant newest = f.newest();
    std::uint64_t found = 0;
    Instant last{};
    for (const LogSpan& span : log_spans(f.installation(), f.spec().name, Instant{}, newest + 1ms)) {
        for (std::uint64_t number = span.first; number <= span.last; ++number, ++found) {
            const Instant at = state_in(f.installation(), span, number).instant;
            CHECK(at >= last);
            last = at;
        }
    }
    CHECK(found == 3);   // Those in the gap are in a point.
    CHECK(last == newest);
}
