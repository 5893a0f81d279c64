#include "engine/job/deadline.hpp"

#include <catch2/catch.hpp>

#include "engine/job/lease_keeper.hpp"
#include "tests/support/catalog_values.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

void wait_for_stop(const CancelToken& token) {
    while (!token.stop_requested()) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a deadline asks to stop when its time has passed", "[job][deadline]") {
    ManualClock clock("2026-11-20T12:00:00Z");
    const Deadline deadline(clock, 1h, {});
    CHECK_FALSE(deadline.token().stop_requested());
    clock.advance(1h);
    wait_for_stop(deadline.token());
    CHECK(deadline.has_passed());
}

TEST_CASE("a deadline passes on that somebody else asked to stop", "[job][deadline]") {
    const ManualClock clock("2026-11-20T12:00:00Z");
    std::stop_source outer;
    const Deadline deadline(clock, 1h, outer.get_token());
    outer.request_stop();
    CHECK(deadline.token().stop_requested());
    CHECK_FALSE(deadline.has_passed());
}

TEST_CASE("a wall clock that jumps does not end a job", "[job][deadline]") {
    ManualClock clock("2026-11-20T12:00:00Z");
    const Deadline deadline(clock, 1h, {});
    clock.set(instant_of("2027-11-20T12:00:00Z"));
    CHECK_FALSE(deadline.token().stop_requested());
}

TEST_CASE("a job whose lease was taken is stopped", "[job][lease]") {
    const TemporaryFolder folder;
    ManualClock clock("2026-11-20T12:00:00Z");
    const auto catalog = Catalog::open(folder / "catalog.db", clock);
    const Job job = job_of("orders", "2026-11-20T12:00:00Z");
    const auto claim = catalog->claim(job, "a:1", 60s);
    std::stop_source lost;
    const LeaseKeeper keeper(*catalog, claim->job, "a:1", [&] { lost.request_stop(); }, 30ms);
    REQUIRE(catalog->claim(job, "b:1", 60s, true));
    wait_for_stop(lost.get_token());
    CHECK(keeper.is_lost());
}
