#include "engine/schedule/occurrences.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

Instant utc(std::string_view text) { return parse_rfc3339(text).value(); }
TimeZone berlin() { return TimeZone::require("Europe/Berlin"); }
Occurrences cron(std::string line) { return {CronSpec{std::move(line)}, berlin()}; }
Occurrences every(std::string_view span) { return {EverySpec{parse_duration(span).value()}, berlin()}; }

}  // namespace

TEST_CASE("an interval runs on elapsed time from the epoch", "[schedule][occurrences]") {
    CHECK(every("15m").next_after(utc("2026-11-20T13:05:00Z")) == utc("2026-11-20T13:15:00Z"));
    CHECK(every("15m").next_after(utc("2026-11-20T13:15:00Z")) == utc("2026-11-20T13:30:00Z"));
    CHECK(every("15m").last_at_or_before(utc("2026-11-20T13:15:00Z")) == utc("2026-11-20T13:15:00Z"));
    CHECK(every("7h").last_at_or_before(from_millis(-1)) == from_millis(-7 * 3'600'000));
    CHECK(every("7h").next_after(from_millis(-1)) == from_millis(0));
}

TEST_CASE("an interval does not notice summer time", "[schedule][occurrences][dst]") {
    const auto found = every("30m").range(utc("2026-10-24T23:45:00Z"), utc("2026-10-25T01:45:00Z"));
    REQUIRE(found.size() == 4);
    for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i] - found[i - 1] == std::chrono::minutes(30));
}

TEST_CASE("a range is open at its begin and closed at its end", "[schedule][occurrences]") {
    const auto found = cron("0 2 * * *").range(utc("2026-11-20T01:00:00Z"), utc("2026-11-22T01:00:00Z"));
    CHECK(found == std::vector{utc("2026-11-21T01:00:00Z"), utc("2026-11-22T01:00:00Z")});
    CHECK(cron("0 2 * * *").count(utc("2026-11-20T01:00:00Z"), utc("2026-11-22T01:00:00Z")) == 2);
    CHECK(every("1h").count(utc("2026-11-20T01:00:00Z"), utc("2026-11-21T01:00:00Z")) == 24);
    CHECK(every("1h").count(utc("2026-11-21T01:00:00Z"), utc("2026-11-20T01:00:00Z")) == 0);
}

TEST_CASE("a limited range has the newest ones", "[schedule][occurrences]") {
    const auto found = every("1h").range(utc("2026-01-01T00:00:00Z"), utc("2026-11-20T00:00:00Z"), 2);
    CHECK(found == std::vector{utc("2026-11-19T23:00:00Z"), utc("2026-11-20T00:00:00Z")});
}

TEST_CASE("a continuous log has no instants", "[schedule][occurrences]") {
    const Occurrences log(ContinuousSpec{}, berlin());
    CHECK(log.continuous());
    CHECK_FALSE(log.next_after(utc("2026-11-20T00:00:00Z")));
    CHECK_FALSE(log.last_at_or_before(utc("2026-11-20T00:00:00Z")));
    CHECK(log.range(utc("2026-01-01T00:00:00Z"), utc("2026-11-20T00:00:00Z")).empty());
    CHECK(log.count(utc("2026-01-01T00:00:00Z"), utc("2026-11-20T00:00:00Z")) == 0);
    CHECK_FALSE(cron("0 2 * * *").continuous());
    CHECK_FALSE(every("1h").continuous());
}

TEST_CASE("the longest gap counts the day with 25 hours", "[schedule][occurrences][dst]") {
    CHECK(cron("0 2 * * *").longest_gap(utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z")) == std::chrono::hours(25));
    CHECK(every("4h").longest_gap(utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z")) == std::chrono::hours(4));
    CHECK_FALSE(cron("0 2 * * *").longest_gap(utc("2026-01-01T00:00:00Z"), utc("2026-01-02T00:00:00Z")));
}

TEST_CASE("an instant is an occurrence or not", "[schedule][occurrences]") {
    CHECK(cron("0 2 * * *").is_at(utc("2026-11-20T01:00:00Z")));
    CHECK_FALSE(cron("0 2 * * *").is_at(utc("2026-11-20T01:00:01Z")));
}

TEST_CASE("each way to say when is explained", "[schedule][occurrences]") {
    CHECK(explain(CronSpec{"0 2 * * Sun"}, berlin()) == "at 02:00 on Sunday (Europe/Berlin)");
    CHECK(explain(EverySpec{std::chrono::minutes(3)}, berlin()) == "every 3 min of elapsed time");
    CHECK(explain(ContinuousSpec{}, berlin()) == "continuously");
    CHECK(dst_warnings(CronSpec{"30 2 * * *"}, berlin(), utc("2026-01-01T00:00:00Z")).size() == 2);
    CHECK(dst_warnings(EverySpec{std::chrono::minutes(3)}, berlin(), utc("2026-01-01T00:00:00Z")).empty());
}

TEST_CASE("a wrong cron line makes no occurrences", "[schedule][occurrences]") {
    CHECK_THROWS_AS(cron("0 24 * * *"), Error);
}

}  // namespace holdfast
