#include "engine/policy/cadence.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const When kSundays = CronSpec{"0 2 * * Sun"}, kWeekdays = CronSpec{"0 2 * * Mon-Sat"}, kHourly = EverySpec{hours(1)};

TEST_CASE("the union of two schedules covers every day of two years", "[policy][cadence]") {
    Cadence cadence(TimeZone::utc());
    const auto coverage = cadence.coverage(std::vector<When>{kSundays, kWeekdays});
    REQUIRE(coverage);
    CHECK(coverage->days.size() == 731);
    CHECK(coverage->days_in_all == 731);
    CHECK(coverage->months.size() == 24);
    CHECK(coverage->runs_per_year == Approx(365.5));
}

TEST_CASE("several runs a day count towards the runs of a year", "[policy][cadence]") {
    Cadence cadence(TimeZone::utc());
    CHECK(cadence.coverage(std::vector<When>{CronSpec{"*/10 * * * *"}})->runs_per_year == Approx(365.5 * 144));
    CHECK(cadence.coverage(std::vector<When>{kHourly})->runs_per_year == Approx(365.5 * 24));
    CHECK_FALSE(cadence.coverage(std::vector<When>{ContinuousSpec{}}));
}

TEST_CASE("the longest distance counts missed runs over the union", "[policy][cadence]") {
    Cadence cadence(TimeZone::utc());
    const std::vector<TimedSchedule> daily{{kSundays, hours(3)}, {kWeekdays, hours(1)}};
    const auto none_missed = cadence.longest_distance(daily, 0);
    REQUIRE(none_missed);
    CHECK(none_missed->between == hours(24));
    CHECK(none_missed->latency == hours(3));
    CHECK(cadence.longest_distance(daily, 1)->total() == hours(51));
}

TEST_CASE("a slow run that a quick one overtakes does not count", "[policy][cadence]") {
    Cadence cadence(TimeZone::utc());
    const std::vector<TimedSchedule> mixed{{CronSpec{"30 2 * * *"}, hours(5)}, {EverySpec{minutes(60)}, minutes(10)}};
    // From 02:00 the next is the slow one of 02:30, but the quick one of 03:00 is done by 03:10.
    CHECK(cadence.longest_distance(mixed, 0)->total() == minutes(70));
}

TEST_CASE("effort is limited", "[policy][cadence]") {
    Cadence cadence(TimeZone::utc());
    const std::vector<TimedSchedule> often{{CronSpec{"* * * * *"}, minutes(1)}};
    for (int i = 0; i < 20; ++i) cadence.longest_distance(often, 0);
    CHECK_FALSE(cadence.longest_distance(often, 0));
    CHECK_FALSE(cadence.coverage(std::vector<When>{kSundays}));
}

}  // namespace
}  // namespace holdfast
