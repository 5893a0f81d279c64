#include "engine/schedule/zone_rule.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

std::vector<std::string> changes(std::string_view rule, int year) {
    std::vector<std::string> texts;
    for (const auto& moment : parse_zone_rule(rule).value().changes_in(std::chrono::year(year))) texts.push_back(to_rfc3339(moment.at) + " " + moment.name);
    return texts;
}

}  // namespace

TEST_CASE("a rule gives the two changes of a year", "[schedule][zone]") {
    CHECK(changes("CET-1CEST,M3.5.0,M10.5.0/3", 2026) == std::vector<std::string>{"2026-03-29T01:00:00Z CEST", "2026-10-25T01:00:00Z CET"});
    CHECK(changes("EST5EDT,M3.2.0,M11.1.0", 2026) == std::vector<std::string>{"2026-03-08T07:00:00Z EDT", "2026-11-01T06:00:00Z EST"});
}

TEST_CASE("a rule may have half hours and quoted names, and may begin in the south", "[schedule][zone]") {
    CHECK(changes("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026) ==
          std::vector<std::string>{"2026-04-04T15:00:00Z +1030", "2026-10-03T15:30:00Z +11"});
}

TEST_CASE("a rule may count days and use hours beyond a day", "[schedule][zone]") {
    CHECK(changes("AAA0BBB,J60/0,J300/0", 2028)[0] == "2028-03-01T00:00:00Z BBB");
    CHECK(changes("AAA0BBB,59/0,300/0", 2028)[0] == "2028-02-29T00:00:00Z BBB");
    CHECK(changes("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026)[0] == "2026-03-29T01:00:00Z -01");
}

TEST_CASE("what is no rule is none", "[schedule][zone]") {
    for (const char* text : {"", "CET-1", "<+03>-3", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "C-1CEST,M3.5.0,M10.5.0"})
        CHECK_FALSE(parse_zone_rule(text));
}

}  // namespace holdfast
