#include "engine/base/time.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE("an instant is written and read back as RFC 3339 in UTC", "[base][time]") {
    const auto at = parse_rfc3339("2026-11-20T14:05:00+01:00");
    REQUIRE(at);
    CHECK(to_rfc3339(*at) == "2026-11-20T13:05:00Z");
    CHECK(to_rfc3339(*at + 7ms) == "2026-11-20T13:05:00.007Z");
    CHECK(parse_rfc3339("2026-11-20 13:05Z") == at);
}

TEST_CASE("a local time without an offset is not an instant", "[base][time]") {
    CHECK_FALSE(parse_rfc3339("2026-11-20T14:05:00"));
    CHECK_FALSE(parse_rfc3339("2026-02-30T14:05:00Z"));
    CHECK_FALSE(parse_rfc3339("2026-11-20T14:05:00Zjunk"));
    CHECK_FALSE(parse_rfc3339(""));
}

TEST_CASE("a duration needs a unit", "[base][time]") {
    CHECK(parse_duration("15m") == Duration(15min));
    CHECK(parse_duration("1h30m") == Duration(90min));
    CHECK(parse_duration("30d") == Duration(720h));
    CHECK(parse_duration("500ms") == 500ms);
    for (const char* bad : {"", "15", "m", "-1h", "1.5h", "3mo", "15 m", "99999999999999999h"}) {
        INFO(bad);
        CHECK_FALSE(parse_duration(bad));
    }
}

TEST_CASE("a duration's text reads back as the same duration", "[base][time]") {
    for (const Duration each : {Duration(0), Duration(15min), Duration(26h), Duration(720h), Duration(90s), Duration(1h + 1ms)}) {
        INFO(to_text(each));
        CHECK(parse_duration(to_text(each)) == each);
    }
    CHECK(to_text(26h) == "26h");
    CHECK(to_text(720h) == "30d");
}

TEST_CASE("people read two units", "[base][time]") {
    CHECK(for_people(812ms) == "812 ms");
    CHECK(for_people(252s) == "4 min 12 s");
    CHECK(for_people(51h) == "2 days 3 h");
}
