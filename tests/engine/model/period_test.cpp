#include "engine/model/period.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

using std::chrono::hours;

TEST_CASE("a period is months and what is not months", "[model][period]") {
    CHECK(parse_period("3mo") == Period{3, Duration(0)});
    CHECK(parse_period("1y6mo") == Period{18, Duration(0)});
    CHECK(parse_period("30d") == Period{0, hours(720)});
    CHECK(parse_period("3mo15d") == Period{3, hours(360)});
    CHECK(parse_period("1h30m") == Period{0, std::chrono::minutes(90)});
    CHECK(parse_period("0d")->is_zero());
}

TEST_CASE("a text without units or sense is no period", "[model][period]") {
    for (const std::string text : {"", "30", "-3mo", "3 mo", "3mo30", "1mo1y", "3months", "1.5mo", "99999999999mo", "20000y"}) {
        INFO(text);
        CHECK_FALSE(parse_period(text));
    }
}

TEST_CASE("a period is written so that it can be read", "[model][period]") {
    for (const std::string text : {"3mo", "1y", "30d", "90m", "18mo", "3mo15d", "0s"}) {
        INFO(text);
        REQUIRE(parse_period(text));
        CHECK(parse_period(to_text(*parse_period(text))) == parse_period(text));
    }
    CHECK(to_text(Period{3, Duration(0)}) == "3mo");
}

TEST_CASE("months are bounded by their lengths", "[model][period]") {
    CHECK(shortest(Period{1, hours(1)}) == hours(28 * 24 + 1));
    CHECK(longest(Period{1, hours(1)}) == hours(31 * 24 + 1));
}

}  // namespace
}  // namespace holdfast
