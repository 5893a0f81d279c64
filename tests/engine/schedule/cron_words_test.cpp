#include <catch2/catch.hpp>

#include "engine/schedule/cron.hpp"

namespace holdfast {
namespace {

std::string words(std::string_view line) { return Cron::require(line).explain(); }
std::vector<std::string> warnings(std::string_view line, std::string_view zone) {
    return Cron::require(line).dst_warnings(TimeZone::require(zone), parse_rfc3339("2026-01-01T00:00:00Z").value());
}

}  // namespace

TEST_CASE("a cron line is explained in words", "[schedule][cron]") {
    const std::pair<const char*, const char*> lines[] = {
        {"0 2 * * *", "at 02:00 every day"},
        {"0 2 * * Sun", "at 02:00 on Sunday"},
        {"0 2 * * Mon-Sat", "at 02:00 on Monday to Saturday"},
        {"0 2,14 * * *", "at 02:00 and 14:00 every day"},
        {"* * * * *", "every minute"},
        {"*/15 * * * *", "every 15 minutes"},
        {"*/7 * * * *", "at every 7th minute of every hour"},
        {"5 * * * *", "at minute 5 of every hour"},
        {"0 */6 * * *", "at minute 0 of every 6th hour"},
        {"*/15 8-18 * * 1-5", "at every 15th minute of hours 8 to 18 on Monday to Friday"},
        {"* 2 * * *", "every minute of hour 2"},
        {"30 1 L * *", "at 01:30 on the last day of the month"},
        {"0 0 1,15 * *", "at 00:00 on days 1 and 15 of the month"},
        {"0 0 * * FriL", "at 00:00 on the last Friday of the month"},
        {"0 0 * * Mon#2", "at 00:00 on the second Monday of the month"},
        {"0 0 13 * Fri", "at 00:00 on day 13 of the month, and also on Friday"},
        {"0 0 */2 * Mon", "at 00:00 on every 2nd day of the month, where it is also Monday"},
        {"0 4 1 1,7 *", "at 04:00 on day 1 of the month in January and July"},
        {"0 4 * Jun-Aug *", "at 04:00 every day in June to August"},
        {"@weekly", "at 00:00 on Sunday"},
        {"10-40/10 3 * * *", "at every 10th minute from 10 to 40 of hour 3"},
    };
    for (const auto& [line, text] : lines) CHECK(words(line) == text);
}

TEST_CASE("a fixed time that the clocks skip or repeat gets a warning", "[schedule][cron][dst]") {
    const auto found = warnings("30 2 * * *", "Europe/Berlin");
    REQUIRE(found.size() == 2);
    CHECK(found[0] ==
          "2026-03-29 02:30 does not exist in Europe/Berlin: the clocks go from 02:00 to 03:00; that run is at 2026-03-29 03:00:00 CEST. "
          "A time outside 02:00 to 03:00 has no such day.");
    CHECK(found[1] ==
          "2026-10-25 02:30 comes twice in Europe/Berlin: the clocks go back from 03:00 to 02:00; it runs once, at 2026-10-25 02:30:00 CEST. "
          "A time outside 02:00 to 03:00 has no such day.");
}

TEST_CASE("a time that no change of the clocks touches gets no warning", "[schedule][cron][dst]") {
    CHECK(warnings("0 4 * * *", "Europe/Berlin").empty());
    CHECK(warnings("59 1 * * *", "Europe/Berlin").empty());
    CHECK(warnings("0 3 * * *", "Europe/Berlin").empty());
    CHECK(warnings("30 2 * * *", "UTC").empty());
    CHECK(warnings("30 2 * * Mon", "Europe/Berlin").empty());
    CHECK(warnings("30 1 * * *", "America/New_York").size() == 1);
    CHECK(warnings("15 2 * * *", "Australia/Lord_Howe").size() == 1);
    CHECK(warnings("45 1 * * *", "Australia/Lord_Howe").size() == 1);
}

TEST_CASE("a line for every hour is warned only about the hour without a run", "[schedule][cron][dst]") {
    const auto found = warnings("*/15 * * * *", "Europe/Berlin");
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("none comes for 1 h longer than usual") != std::string::npos);
}

}  // namespace holdfast
