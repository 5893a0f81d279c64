#include "engine/schedule/calendar.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

TimeZone berlin() { return TimeZone::require("Europe/Berlin"); }
Instant utc(std::string_view text) { return parse_rfc3339(text).value(); }
std::string before(std::string_view at, std::string_view period) { return to_rfc3339(before_by(utc(at), parse_period(period).value(), berlin())); }

}  // namespace

TEST_CASE("a period of days is elapsed time", "[schedule][calendar]") {
    CHECK(before("2026-11-20T13:05:00Z", "30d") == "2026-10-21T13:05:00Z");
    CHECK(before("2026-11-20T13:05:00Z", "26h") == "2026-11-19T11:05:00Z");
}

TEST_CASE("a period of months is counted on the wall clock", "[schedule][calendar]") {
    CHECK(before("2026-11-20T13:05:00Z", "1mo") == "2026-10-20T12:05:00Z");
    CHECK(before("2026-11-20T13:05:00Z", "1y") == "2025-11-20T13:05:00Z");
    CHECK(to_rfc3339(after_by(utc("2026-11-20T13:05:00Z"), Period{.months = 2, .rest = std::chrono::hours(1)}, berlin())) == "2027-01-20T14:05:00Z");
}

TEST_CASE("a month that is too short is clamped to its last day", "[schedule][calendar]") {
    CHECK(before("2026-03-31T12:00:00Z", "1mo") == "2026-02-28T13:00:00Z");
    CHECK(before("2028-03-31T12:00:00Z", "1mo") == "2028-02-29T13:00:00Z");
    CHECK(before("2028-02-29T12:00:00Z", "1y") == "2027-02-28T12:00:00Z");
}

TEST_CASE("a week begins on Monday in the zone", "[schedule][calendar]") {
    // 29 March 2026 is a Sunday; Monday begins at 22:00 UTC.
    CHECK(week_key(utc("2026-03-29T21:59:59Z"), berlin()) + 1 == week_key(utc("2026-03-29T22:00:00Z"), berlin()));
    CHECK(week_key(utc("2026-03-23T12:00:00Z"), berlin()) == week_key(utc("2026-03-29T12:00:00Z"), berlin()));
}

TEST_CASE("a week at the end of a year belongs to the year of its Thursday", "[schedule][calendar]") {
    CHECK(week_text(utc("2026-12-31T12:00:00Z"), berlin()) == "2026-W53");
    CHECK(week_text(utc("2027-01-03T12:00:00Z"), berlin()) == "2026-W53");
    CHECK(week_text(utc("2027-01-04T12:00:00Z"), berlin()) == "2027-W01");
    CHECK(week_text(utc("2024-12-30T12:00:00Z"), berlin()) == "2025-W01");
    CHECK(week_key(utc("2026-12-31T12:00:00Z"), berlin()) == week_key(utc("2027-01-03T12:00:00Z"), berlin()));
    CHECK(week_key(utc("1969-12-31T12:00:00Z"), berlin()) == week_key(utc("1970-01-04T12:00:00Z"), berlin()));
}

TEST_CASE("days and months are those of the zone", "[schedule][calendar]") {
    CHECK(day_key(utc("2026-12-31T22:59:00Z"), berlin()) + 1 == day_key(utc("2026-12-31T23:00:00Z"), berlin()));
    CHECK(month_key(utc("2026-12-31T22:59:00Z"), berlin()) + 1 == month_key(utc("2026-12-31T23:00:00Z"), berlin()));
    CHECK(day_text(utc("2026-12-31T23:00:00Z"), berlin()) == "2027-01-01");
    CHECK(month_text(utc("2026-12-31T23:00:00Z"), berlin()) == "2027-01");
}

TEST_CASE("a day may have 23 or 25 hours", "[schedule][calendar][dst]") {
    const Instant spring = utc("2026-03-29T12:00:00Z"), autumn = utc("2026-10-25T12:00:00Z");
    CHECK(next_day_begin(spring, berlin()) - day_begin(spring, berlin()) == std::chrono::hours(23));
    CHECK(next_day_begin(autumn, berlin()) - day_begin(autumn, berlin()) == std::chrono::hours(25));
    CHECK(next_week_begin(autumn, berlin()) - week_begin(autumn, berlin()) == std::chrono::hours(24 * 7 + 1));
}

}  // namespace holdfast
