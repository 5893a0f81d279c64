#include "engine/cli/time_ticks.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/local_time.hpp"
#include "tests/support/catalog_values.hpp"

using namespace holdfast;

namespace {

std::vector<std::string> ticks_in(std::string_view from, std::string_view until, int most = 9) {
    const LocalTimes times("Europe/Berlin");
    std::vector<std::string> texts;
    for (const TimeTick& tick : time_ticks(instant_of(from), instant_of(until), most, [&](Instant at) { return times.text(at); })) texts.push_back(tick.text + " = " + times.text(tick.at).substr(0, 16));
    return texts;
}
using Ticks = std::vector<std::string>;

}  // namespace

TEST_CASE("a month is marked at midnights, across a change of the clocks", "[cli][timeline]") {
    CHECK(ticks_in("2026-10-20T09:00:00Z", "2026-11-20T09:00:00Z") == Ticks{"26 Oct 2026 = 2026-10-26 00:00", "31 Oct = 2026-10-31 00:00", "5 Nov = 2026-11-05 00:00", "10 Nov = 2026-11-10 00:00", "15 Nov = 2026-11-15 00:00"});
    CHECK(ticks_in("2026-03-25T09:00:00Z", "2026-04-02T09:00:00Z").at(4).starts_with("30 Mar = 2026-03-30 00:00"));
}

TEST_CASE("a short span is marked at whole hours, with the date where it begins", "[cli][timeline]") {
    CHECK(ticks_in("2026-11-20T20:10:00Z", "2026-11-21T02:10:00Z") ==
          Ticks{"20 Nov, 22:00 = 2026-11-20 22:00", "23:00 = 2026-11-20 23:00", "21 Nov = 2026-11-21 00:00", "01:00 = 2026-11-21 01:00", "02:00 = 2026-11-21 02:00"});
}

TEST_CASE("a new year is named", "[cli][timeline]") {
    const Ticks ticks = ticks_in("2026-12-28T00:00:00Z", "2027-01-05T00:00:00Z");
    CHECK(ticks.at(0) == "29 Dec 2026 = 2026-12-29 00:00");
    CHECK(std::ranges::find(ticks, "1 Jan 2027 = 2027-01-01 00:00") != ticks.end());
}
