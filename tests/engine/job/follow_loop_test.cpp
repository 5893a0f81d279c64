#include "engine/job/follow_loop.hpp"

#include <catch2/catch.hpp>

#include "engine/job/log_lock.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Looped : InstallationFixture {
    Installation place = installation();
    std::vector<FollowEvent> events;
    FollowOptions options{.on_event = [this](const FollowEvent& event) { events.push_back(event); }, .on_started = {}, .wait_first = 1ms, .wait_most = 2ms};
    std::stop_source stop;
    FollowOutcome outcome;
    FollowLoop loop{place, spec().name, options, stop.get_token()};

    std::vector<FollowEvent::Kind> kinds() const {
        std::vector<FollowEvent::Kind> kinds;
        for (const FollowEvent& event : events) kinds.push_back(event.kind);
        return kinds;
    }
};

[[noreturn]] void fail(ErrorCode code) { throw Error(code, "the store is away"); }

}  // namespace

TEST_CASE("what fails before anything was followed is an answer", "[job][follow]") {
    Looped f;
    CHECK(code_thrown_by([&] { f.loop.run(f.outcome, [] { fail(ErrorCode::Unavailable); }); }) == ErrorCode::Unavailable);
    CHECK(f.events.empty());
}

TEST_CASE("what fails later is tried again, until it is stopped", "[job][follow]") {
    Looped f;
    int calls = 0;
    f.outcome.until = f.clock.now();
    f.loop.run(f.outcome, [&] {
        f.loop.started();
        if (++calls < 4) fail(ErrorCode::Unavailable);
        f.stop.request_stop();
    });
    using Kind = FollowEvent::Kind;
    CHECK(f.kinds() == std::vector{Kind::Waiting, Kind::Waiting, Kind::Waiting, Kind::Stopped});
    CHECK_THAT(f.events.front().text, Catch::Contains("the store is away; trying again in 1 ms"));
    CHECK_THAT(f.events.back().text, Catch::Contains("everything up to " + to_rfc3339(f.clock.now())));
}

TEST_CASE("what waiting does not mend ends it", "[job][follow]") {
    for (const ErrorCode code : {ErrorCode::WrongKey, ErrorCode::NotPermitted, ErrorCode::AlreadyExists}) {
        Looped f;
        const auto follow = [&] {
            f.loop.started();
            fail(code);
        };
        CHECK(code_thrown_by([&] { f.loop.run(f.outcome, follow, ErrorCode::AlreadyExists); }) == code);
    }
}

TEST_CASE("nothing is called kept where nothing was followed", "[job][follow]") {
    Looped f;
    f.stop.request_stop();
    f.loop.run(f.outcome, [] {});
    REQUIRE(f.events.size() == 1);
    CHECK_THAT(f.events.front().text, Catch::Contains("is not followed any more; nothing of its log was kept"));
}

TEST_CASE("only one follows", "[job][follow]") {
    Looped f;
    const LockFile other = take_log_lock(f.place, f.spec().name, "a follower");
    CHECK(code_thrown_by([&] { f.loop.run(f.outcome, [] {}); }) == ErrorCode::Busy);
}
