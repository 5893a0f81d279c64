#include "engine/plan/slot_times.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

const Instant kNow = utc("2026-11-23T12:00:00Z");

}  // namespace

TEST_CASE("slots are counted and listed back from now", "[plan][slots]") {
    for (const When& when : {When(CronSpec{"0 * * * *"}), When(EverySpec{std::chrono::hours(1)})}) {
        SlotTimes times(when, TimeZone::utc(), kNow);
        CHECK(times.newest() == kNow);
        CHECK(times.next() == kNow + std::chrono::hours(1));
        CHECK(times.newest_text() == "2026-11-23 12:00:00 UTC");
        CHECK(times.count_after(kNow) == 0);
        CHECK(times.count_after(kNow - Duration(1)) == 1);
        CHECK(times.count_after(kNow - std::chrono::hours(48)) == 48);
        CHECK(times.list_after(kNow - std::chrono::hours(3), 100) == std::vector{kNow - std::chrono::hours(2), kNow - std::chrono::hours(1), kNow});
        CHECK(times.list_after(kNow - std::chrono::hours(3), 1) == std::vector{kNow});
        CHECK(times.list_after(kNow, 100).empty());
    }
}

TEST_CASE("a continuous schedule has no slots", "[plan][slots]") {
    SlotTimes times(ContinuousSpec{}, TimeZone::utc(), kNow);
    CHECK_FALSE(times.newest());
    CHECK_FALSE(times.next());
    CHECK(times.count_after(Instant::min()) == 0);
}

TEST_CASE("equal schedules share their slots", "[plan][slots]") {
    SlotTable table(TimeZone::utc(), kNow);
    CHECK(&table.of(CronSpec{"0 2 * * *"}) == &table.of(CronSpec{"0 2 * * *"}));
    CHECK(&table.of(CronSpec{"0 2 * * *"}) != &table.of(CronSpec{"0 3 * * *"}));
    CHECK(&table.of(EverySpec{std::chrono::hours(1)}) != &table.of(EverySpec{std::chrono::hours(2)}));
}

}  // namespace holdfast
