#include "engine/schedule/cron.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace holdfast {
namespace {

Instant utc(std::string_view text) { return parse_rfc3339(text).value(); }
TimeZone zone_named(std::string_view name) { return TimeZone::require(name); }

// The next `count` runs, as UTC.
std::vector<std::string> runs(std::string_view line, std::string_view zone, std::string_view after, int count) {
    std::vector<std::string> texts;
    Instant at = utc(after);
    for (int i = 0; i < count; ++i) {
        at = Cron::require(line).next(zone_named(zone), at).value();
        texts.push_back(to_rfc3339(at));
    }
    return texts;
}
std::string day_of_run(std::string_view line, std::string_view after) { return runs(line, "UTC", after, 1)[0].substr(0, 10); }
using Texts = std::vector<std::string>;

// A field of a random line, out of what the language has.
std::string random_field(std::mt19937& random, int min, int max) {
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    const int first = pick(min, max), last = pick(first, max);
    switch (pick(0, 5)) {
        case 0: return "*";
        case 1: return "*/" + std::to_string(pick(2, std::max(2, max / 2)));
        case 2: return std::to_string(first) + "-" + std::to_string(last);
        case 3: return std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(pick(1, 3));
        case 4: return std::to_string(first) + "," + std::to_string(last);
        default: return std::to_string(first);
    }
}
std::string random_line(std::mt19937& random) {
    const auto pick = [&](int high) { return std::uniform_int_distribution<int>(0, high)(random); };
    std::string day = random_field(random, 1, 28), weekday = random_field(random, 0, 6);
    if (pick(5) == 0) day = "L";
    if (pick(5) == 0) weekday = pick(1) == 0 ? "FriL" : "Tue#" + std::to_string(1 + pick(3));
    return random_field(random, 0, 59) + " " + random_field(random, 0, 23) + " " + day + " " + (pick(2) == 0 ? random_field(random, 1, 12) : "*") + " " + weekday;
}

}  // namespace

TEST_CASE("a daily line runs at its wall-clock time", "[schedule][cron]") {
    CHECK(runs("0 2 * * *", "Europe/Berlin", "2026-11-20T12:00:00Z", 2) == Texts{"2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z"});
    CHECK(runs("0 2 * * *", "UTC", "2026-11-20T02:00:00Z", 1) == Texts{"2026-11-21T02:00:00Z"});
    CHECK(runs("0 2 * * *", "UTC", "2026-11-20T01:59:59.999Z", 1) == Texts{"2026-11-20T02:00:00Z"});
}

TEST_CASE("the run before an instant may be at the instant", "[schedule][cron]") {
    const Cron cron = Cron::require("0 2 * * Sun");
    CHECK(cron.previous(TimeZone::utc(), utc("2026-11-22T02:00:00Z")) == utc("2026-11-22T02:00:00Z"));
    CHECK(cron.previous(TimeZone::utc(), utc("2026-11-22T01:59:59Z")) == utc("2026-11-15T02:00:00Z"));
    CHECK(cron.previous(TimeZone::utc(), utc("2026-11-28T23:00:00Z")) == utc("2026-11-22T02:00:00Z"));
}

TEST_CASE("lists, steps and ranges run at each of their values", "[schedule][cron]") {
    CHECK(runs("0,30 8-9 * * *", "UTC", "2026-11-20T00:00:00Z", 5) ==
          Texts{"2026-11-20T08:00:00Z", "2026-11-20T08:30:00Z", "2026-11-20T09:00:00Z", "2026-11-20T09:30:00Z", "2026-11-21T08:00:00Z"});
    CHECK(runs("50/5 23 31 12 *", "UTC", "2026-11-20T00:00:00Z", 3) == Texts{"2026-12-31T23:50:00Z", "2026-12-31T23:55:00Z", "2027-12-31T23:50:00Z"});
}

TEST_CASE("restricted days of month and week each suffice", "[schedule][cron]") {
    // POSIX: the 13th, and every Friday.
    CHECK(runs("0 0 13 * Fri", "UTC", "2026-11-10T00:00:00Z", 3) == Texts{"2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"});
    CHECK(day_of_run("0 0 13 * Fri", "2026-12-11T00:00:00Z") == "2026-12-13");
    CHECK(day_of_run("0 0 13 * *", "2026-11-20T00:00:00Z") == "2026-12-13");
    CHECK(day_of_run("0 0 * * Fri", "2026-11-20T00:00:00Z") == "2026-11-27");
}

TEST_CASE("a field that begins with an asterisk restricts nothing alone", "[schedule][cron]") {
    // Every second day that is a Monday: 7 December 2026 is the first odd one.
    CHECK(day_of_run("0 0 */2 * Mon", "2026-11-24T00:00:00Z") == "2026-12-07");
}

TEST_CASE("L is the last day of the month, in leap years too", "[schedule][cron]") {
    CHECK(day_of_run("0 0 L * *", "2026-11-20T00:00:00Z") == "2026-11-30");
    CHECK(day_of_run("0 0 L 2 *", "2026-11-20T00:00:00Z") == "2027-02-28");
    CHECK(day_of_run("0 0 L 2 *", "2027-11-20T00:00:00Z") == "2028-02-29");
}

TEST_CASE("the n-th and the last weekday of a month are found", "[schedule][cron]") {
    CHECK(day_of_run("0 0 * * Mon#2", "2026-11-20T00:00:00Z") == "2026-12-14");
    CHECK(day_of_run("0 0 * * FriL", "2026-11-20T00:00:00Z") == "2026-11-27");
    CHECK(day_of_run("0 0 * * 0#5", "2026-11-20T00:00:00Z") == "2026-11-29");
    CHECK(day_of_run("0 0 * * 7L", "2026-11-30T00:00:00Z") == "2026-12-27");
}

TEST_CASE("29 February comes in leap years only", "[schedule][cron]") {
    CHECK(runs("0 12 29 2 *", "UTC", "2026-11-20T00:00:00Z", 2) == Texts{"2028-02-29T12:00:00Z", "2032-02-29T12:00:00Z"});
    CHECK(day_of_run("0 12 29 2 *", "2096-03-01T00:00:00Z") == "2104-02-29");
}

TEST_CASE("a run in the hour that is skipped comes right after it", "[schedule][cron][dst]") {
    CHECK(runs("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2) == Texts{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"});
    CHECK(runs("30 2 * * *", "America/New_York", "2026-03-08T05:00:00Z", 2) == Texts{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"});
    CHECK(runs("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", 2) == Texts{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"});
}

TEST_CASE("several runs in the hour that is skipped become one", "[schedule][cron][dst]") {
    CHECK(runs("*/20 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 3) == Texts{"2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z", "2026-03-29T01:40:00Z"});
}

TEST_CASE("a run in the hour that comes twice comes once, in its first pass", "[schedule][cron][dst]") {
    CHECK(runs("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2) == Texts{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"});
    CHECK(runs("30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", 2) == Texts{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"});
    CHECK(runs("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", 2) == Texts{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"});
    // From within the second pass.
    CHECK(runs("*/30 * * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1) == Texts{"2026-10-25T02:00:00Z"});
    CHECK(Cron::require("*/30 * * * *").previous(zone_named("Europe/Berlin"), utc("2026-10-25T01:10:00Z")) == utc("2026-10-25T00:30:00Z"));
}

TEST_CASE("random lines run exactly when a walk over every minute says so", "[schedule][cron][long]") {
    std::mt19937 random(20261120);
    // Each walk covers a change of the clocks; instants are taken from the rule, minute by minute of wall-clock time.
    const std::tuple<const char*, const char*, const char*> walks[] = {
        {"Europe/Berlin", "2026-03-26T00:00:00Z", "2026-04-02T00:00:00Z"},
        {"Europe/Berlin", "2026-10-22T00:00:00Z", "2026-10-29T00:00:00Z"},
        {"America/New_York", "2026-10-29T00:00:00Z", "2026-11-04T00:00:00Z"},
        {"Australia/Lord_Howe", "2026-04-01T00:00:00Z", "2026-04-07T00:00:00Z"},
        {"Australia/Lord_Howe", "2026-10-01T00:00:00Z", "2026-10-07T00:00:00Z"},
        {"UTC", "2028-02-26T00:00:00Z", "2028-03-03T00:00:00Z"}};
    for (int i = 0; i < 60; ++i) {
        const std::string line = random_line(random);
        const auto parsed = Cron::parse(line);
        if (!std::holds_alternative<Cron>(parsed)) continue;
        const Cron& cron = std::get<Cron>(parsed);
        const auto& [name, begin, end] = walks[static_cast<std::size_t>(i) % std::size(walks)];
        const TimeZone zone = zone_named(name);
        INFO(line << " in " << name);

        std::set<Instant> expected;
        const LocalTime last = zone.to_local(utc(end)) + std::chrono::hours(2);
        for (LocalTime minute = std::chrono::floor<std::chrono::minutes>(zone.to_local(utc(begin))) - std::chrono::hours(2); minute < last; minute += std::chrono::minutes(1)) {
            const Instant at = zone.to_utc(minute);
            if (cron.matches(minute) && at > utc(begin) && at <= utc(end)) expected.insert(at);
        }
        std::set<Instant> forwards, backwards;
        for (auto at = cron.next(zone, utc(begin)); at && *at <= utc(end); at = cron.next(zone, *at)) forwards.insert(*at);
        for (auto at = cron.previous(zone, utc(end)); at && *at > utc(begin); at = cron.previous(zone, *at - Duration(1))) backwards.insert(*at);
        CHECK(forwards == expected);
        CHECK(backwards == expected);

        // From any instant, also from within a repeated hour.
        for (Instant at = utc(begin); at < utc(end); at += std::chrono::minutes(37)) {
            const auto next = expected.upper_bound(at);
            if (next != expected.end() && cron.next(zone, at) != *next) FAIL("next after " << to_rfc3339(at));
            if (next != expected.begin() && cron.previous(zone, at) != *std::prev(next)) FAIL("previous at " << to_rfc3339(at));
        }
    }
}

}  // namespace holdfast
