#include "engine/job/follow.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <thread>

#include "engine/base/format.hpp"
#include "engine/job/backup.hpp"
#include "engine/job/log_lock.hpp"
#include "engine/job/take_log.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/restore.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/live_numbers.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Following : InstallationFixture {
    LiveNumbers numbers{live()};
    FollowOptions options;
    int restores = 0;

    // A follower in a thread of its own, followed from the moment at which this is made.
    class Running {
    public:
        explicit Running(Following& f) : f_(f) {
            FollowOptions options = f.options;
            options.on_started = [this] { mark(started_); };
            options.on_event = [this](const FollowEvent& event) {
                const std::lock_guard lock(mutex_);
                events_.push_back(event);
                changed_.notify_all();
            };
            thread_ = std::thread([this, options] {
                try {
                    outcome_ = follow(f_.installation(), f_.spec().name, options, stop_.get_token());
                } catch (const Error& error) {
                    failure_ = error;
                }
                mark(ended_);
            });
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return started_ || ended_; });
        }
        std::vector<FollowEvent::Kind> kinds() {
            const std::lock_guard lock(mutex_);
            std::vector<FollowEvent::Kind> all;
            for (const FollowEvent& event : events_) all.push_back(event.kind);
            return all;
        }
        ~Running() {
            if (thread_.joinable()) stop();
        }
        FollowOutcome stop() {
            stop_.request_stop();
            thread_.join();
            REQUIRE_FALSE(failure_);
            return outcome_;
        }
        void wait_for(FollowEvent::Kind kind, std::ptrdiff_t times = 1) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return ended_ || std::ranges::count(events_, kind, &FollowEvent::kind) >= times; });
        }

    private:
        void mark(bool& what) {
            const std::lock_guard lock(mutex_);
            what = true;
            changed_.notify_all();
        }
        Following& f_;
        std::stop_source stop_;
        std::mutex mutex_;
        std::condition_variable changed_;
        bool started_ = false, ended_ = false;
        std::vector<FollowEvent> events_;
        FollowOutcome outcome_;
        std::optional<Error> failure_;
        std::thread thread_;
    };

    std::int64_t newest_before(std::optional<Before> before) {
        const RecoveryTarget target = find_target(installation(), spec().name, before);
        const fs::path to = folder / fmt::format("restored-{}.db", ++restores);
        restore_point(installation(), {.point = target.point, .to = to.string(), .delta = false, .store = {}, .log = target.log, .over_live = false}, progress, {});
        return LiveNumbers::newest_in(to).value_or(-1);
    }
};

}  // namespace

TEST_CASE("what is committed while a database is followed is in the store when the follower has ended", "[job][follow]") {
    Following f;
    Following::Running running(f);
    f.numbers.add(25);
    const FollowOutcome outcome = running.stop();
    CHECK(outcome.transactions == 25);
    CHECK(outcome.gaps == 0);
    CHECK(f.newest_before(std::nullopt) == 25);
}

TEST_CASE("a follower goes on in the stream of the one before it", "[job][follow]") {
    Following f;
    {
        Following::Running running(f);
        f.numbers.add(5);
    }
    f.numbers.add(3);   // Nobody follows, and nothing resets the log.
    {
        Following::Running running(f);
        f.numbers.add(5);
    }
    CHECK(f.catalog->windows(f.spec().name).size() == 1);
    CHECK(f.newest_before(std::nullopt) == 13);
    const LogWindow window = f.catalog->windows(f.spec().name).front();
    CHECK(f.newest_before(Before{.at = {}, .transaction = LogPosition{window.stream, 8}}) == 7);
}

TEST_CASE("after a gap the pages are compared and another stream begins, without a new full", "[job][follow]") {
    Following f;
    {
        Following::Running running(f);
        f.numbers.add(5);
    }
    f.numbers.add(3);
    f.numbers.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    f.numbers.add(1);
    f.clock.advance(1min);
    Following::Running running(f);
    CHECK(running.kinds().front() == FollowEvent::Kind::Gap);   // And nothing was called followed before it was.
    f.numbers.add(1);
    CHECK(running.stop().gaps == 1);
    CHECK(std::ranges::count(running.kinds(), FollowEvent::Kind::Following) == 1);
    CHECK(f.catalog->windows(f.spec().name).size() == 2);
    CHECK(f.catalog->points(f.spec().name).front().kind == BackupKind::Incremental);
    CHECK(f.newest_before(std::nullopt) == 10);
}

TEST_CASE("a gap that a follower found and was stopped over is closed by whoever comes next", "[job][follow]") {
    Following f;
    {
        Following::Running running(f);
        f.numbers.add(5);
    }
    f.numbers.add(1);
    f.numbers.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    f.numbers.add(1);
    f.clock.advance(1min);
    std::stop_source stop;
    FollowOptions options;
    bool started = false;
    options.on_started = [&] { started = true; };
    options.on_event = [&](const FollowEvent& event) {
        if (event.kind == FollowEvent::Kind::Gap) stop.request_stop();
    };
    CHECK(follow(f.installation(), f.spec().name, options, stop.get_token()).gaps == 1);
    CHECK_FALSE(started);
    f.clock.advance(1min);
    SECTION("a follower") { Following::Running(f).stop(); }
    SECTION("a log backup") {
        const DatabaseLock lock = DatabaseLock::take(f.installation(), f.spec().name, "a log backup");
        CHECK(take_log(f.installation(), f.spec(), lock, f.progress, {}).notes.size() == 1);
    }
    CHECK(f.newest_before(std::nullopt) == 7);
}

TEST_CASE("a second follower says so and stops", "[job][follow]") {
    Following f;
    Following::Running running(f);
    const auto error = error_thrown_by([&] { follow(f.installation(), f.spec().name, {}, {}); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Busy);
}

TEST_CASE("a long stream is renewed without a gap", "[job][follow]") {
    Following f;
    f.options.renew_after = 10;
    f.options.care_every = 20ms;
    Following::Running running(f);
    f.clock.advance(1min);
    f.numbers.add(12);
    running.wait_for(FollowEvent::Kind::Renewed);
    f.clock.advance(1min);
    f.numbers.add(5);
    CHECK(running.stop().gaps == 0);
    CHECK(f.catalog->windows(f.spec().name).size() >= 2);
    CHECK(f.newest_before(std::nullopt) == 17);
}

TEST_CASE("a newer full is taken up as the base of the next stream", "[job][follow]") {
    Following f;
    f.options.care_every = 20ms;
    Following::Running running(f);
    f.numbers.add(2);
    f.clock.advance(1min);
    back_up_now(f.installation(), {.database = f.spec().name, .kind = BackupKind::Full, .keep = {}, .why = "", .reason = JobReason::ByHand, .idempotency_key = {}}, f.progress, {});
    running.wait_for(FollowEvent::Kind::Renewed);
    f.clock.advance(1min);
    f.numbers.add(2);
    running.stop();
    CHECK(f.newest_before(std::nullopt) == 4);
}

TEST_CASE("a database without a log of its own is refused at once with what to do", "[job][follow]") {
    Following f;
    f.numbers.connection().execute("PRAGMA journal_mode = DELETE");
    const auto error = error_thrown_by([&] { follow(f.installation(), f.spec().name, {}, {}); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Unavailable);
    CHECK(error->hint.find("journal_mode") != std::string::npos);
}

TEST_CASE("a file that takes the database's place is followed from a new point on", "[job][follow]") {
    Following f;
    f.options.wait_first = 10ms;
    Following::Running running(f);
    f.numbers.add(2);
    make_sample_database(f.folder / "other.db");
    fs::rename(f.folder / "other.db", f.live());
    running.wait_for(FollowEvent::Kind::Gap);
    running.stop();
    CHECK_FALSE(is_followed(f.installation(), f.spec().name));
}
