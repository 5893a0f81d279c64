#include "engine/schedule/zone.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

Instant utc(std::string_view text) { return parse_rfc3339(text).value(); }
LocalTime wall(std::string_view text) { return LocalTime(utc(std::string(text) + "Z").time_since_epoch()); }
TimeZone berlin() { return TimeZone::require("Europe/Berlin"); }

}  // namespace

TEST_CASE("wall clock and UTC turn into each other", "[schedule][zone]") {
    CHECK(berlin().to_utc(wall("2026-11-20T14:05:00")) == utc("2026-11-20T13:05:00Z"));
    CHECK(berlin().to_utc(wall("2026-07-20T14:05:00")) == utc("2026-07-20T12:05:00Z"));
    CHECK(berlin().to_local(utc("2026-07-20T12:05:00.250Z")) == wall("2026-07-20T14:05:00.250"));
    CHECK(TimeZone::utc().to_utc(wall("2026-07-20T14:05:00")) == utc("2026-07-20T14:05:00Z"));
}

TEST_CASE("an instant is shown with its zone", "[schedule][zone]") {
    CHECK(berlin().to_local_text(utc("2026-11-20T13:05:00Z")) == "2026-11-20 14:05:00 CET");
    CHECK(berlin().to_local_text(utc("2026-07-20T12:05:00.007Z")) == "2026-07-20 14:05:00.007 CEST");
    CHECK(TimeZone::utc().to_local_text(utc("2026-07-20T12:05:00Z")) == "2026-07-20 12:05:00 UTC");
    CHECK(TimeZone::require("America/New_York").to_offset_text(utc("2026-11-20T13:05:00Z")) == "2026-11-20T08:05:00-05:00");
    CHECK(TimeZone::require("Asia/Kolkata").to_offset_text(utc("2026-11-20T13:05:00Z")) == "2026-11-20T18:35:00+05:30");
}

TEST_CASE("a wall-clock time in a gap is the first instant after the gap", "[schedule][zone][dst]") {
    const LocalReading reading = berlin().read(wall("2026-03-29T02:30:00"));
    CHECK(reading.kind == LocalReading::Kind::Nonexistent);
    CHECK(reading.first == utc("2026-03-29T01:00:00Z"));
    CHECK(berlin().read(wall("2026-03-29T01:59:59")).kind == LocalReading::Kind::Unique);
    CHECK(berlin().read(wall("2026-03-29T02:00:00")).kind == LocalReading::Kind::Nonexistent);
    CHECK(berlin().read(wall("2026-03-29T03:00:00")).kind == LocalReading::Kind::Unique);
    CHECK(berlin().to_utc(wall("2026-03-29T03:00:00")) == utc("2026-03-29T01:00:00Z"));
}

TEST_CASE("a wall-clock time that comes twice is its first occurrence", "[schedule][zone][dst]") {
    const LocalReading reading = berlin().read(wall("2026-10-25T02:30:00"));
    CHECK(reading.kind == LocalReading::Kind::Ambiguous);
    CHECK(reading.first == utc("2026-10-25T00:30:00Z"));
    CHECK(reading.second == utc("2026-10-25T01:30:00Z"));
    CHECK(berlin().read(wall("2026-10-25T01:59:59")).kind == LocalReading::Kind::Unique);
    CHECK(berlin().read(wall("2026-10-25T02:00:00")).kind == LocalReading::Kind::Ambiguous);
    CHECK(berlin().read(wall("2026-10-25T03:00:00")).kind == LocalReading::Kind::Unique);
}

TEST_CASE("Lord Howe changes by half an hour", "[schedule][zone][dst]") {
    const TimeZone zone = TimeZone::require("Australia/Lord_Howe");
    CHECK(zone.read(wall("2026-10-04T02:15:00")).kind == LocalReading::Kind::Nonexistent);
    CHECK(zone.read(wall("2026-10-04T02:15:00")).first == utc("2026-10-03T15:30:00Z"));
    CHECK(zone.read(wall("2026-10-04T02:30:00")).kind == LocalReading::Kind::Unique);
    const LocalReading twice = zone.read(wall("2026-04-05T01:45:00"));
    CHECK(twice.kind == LocalReading::Kind::Ambiguous);
    CHECK(twice.second - twice.first == std::chrono::minutes(30));
}

TEST_CASE("a day that a zone skipped moves to the day after", "[schedule][zone][dst]") {
    // Samoa crossed the date line: 30 December 2011 did not happen.
    const TimeZone zone = TimeZone::require("Pacific/Apia");
    const LocalReading reading = zone.read(wall("2011-12-30T12:00:00"));
    CHECK(reading.kind == LocalReading::Kind::Nonexistent);
    CHECK(zone.to_local(reading.first) == wall("2011-12-31T00:00:00"));
}

TEST_CASE("summer time goes on after 2037", "[schedule][zone][dst]") {
    CHECK(berlin().to_utc(wall("2050-07-01T12:00:00")) == utc("2050-07-01T10:00:00Z"));
    CHECK(berlin().to_utc(wall("2050-12-01T12:00:00")) == utc("2050-12-01T11:00:00Z"));
    CHECK(berlin().to_local_text(utc("2050-07-01T10:00:00Z")) == "2050-07-01 12:00:00 CEST");
    CHECK(berlin().read(wall("2050-03-27T02:30:00")).kind == LocalReading::Kind::Nonexistent);
    CHECK(TimeZone::require("America/New_York").to_utc(wall("2060-07-01T12:00:00")) == utc("2060-07-01T16:00:00Z"));
    CHECK(TimeZone::require("Australia/Lord_Howe").offset_at(utc("2060-01-01T00:00:00Z")) == std::chrono::hours(11));
    CHECK(TimeZone::require("Europe/Dublin").offset_at(utc("2060-07-01T00:00:00Z")) == std::chrono::hours(1));
    CHECK(TimeZone::require("Europe/Dublin").offset_at(utc("2060-01-01T00:00:00Z")) == std::chrono::hours(0));
    CHECK(TimeZone::require("Asia/Tokyo").offset_at(utc("2060-07-01T00:00:00Z")) == std::chrono::hours(9));
}

TEST_CASE("a zone lists when its clocks change", "[schedule][zone]") {
    const auto changes = berlin().transitions(utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z"));
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].at == utc("2026-03-29T01:00:00Z"));
    CHECK(changes[0].is_gap());
    CHECK(changes[0].local_before() == wall("2026-03-29T02:00:00"));
    CHECK(changes[0].local_after() == wall("2026-03-29T03:00:00"));
    CHECK_FALSE(changes[1].is_gap());
    CHECK(TimeZone::utc().transitions(utc("1990-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z")).empty());
}

TEST_CASE("every zone turns its own readings back into the same instant", "[schedule][zone][long]") {
    for (const std::string& name : zone_names()) {
        const TimeZone zone = TimeZone::require(name);
        INFO(name);
        for (Instant at = utc("2025-12-31T00:17:00Z"); at < utc("2027-01-02T00:00:00Z"); at += std::chrono::hours(7)) {
            const LocalReading reading = zone.read(zone.to_local(at));
            if (reading.first != at && reading.second != at) FAIL(to_rfc3339(at));
        }
    }
}

TEST_CASE("an unknown zone is refused with the one that was meant", "[schedule][zone]") {
    CHECK_FALSE(zone_exists("Europe/Berlln"));
    CHECK_FALSE(zone_exists(""));
    CHECK_FALSE(zone_exists("../../../etc/passwd"));
    CHECK(zone_exists("Europe/Berlin"));
    CHECK(zone_exists("UTC"));
    CHECK_FALSE(TimeZone::find("Mars/Olympus"));
    try {
        TimeZone::require("Europe/Berlln");
        FAIL("it was accepted");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::BadPolicy);
        CHECK(error.hint == "Did you mean Europe/Berlin?");
    }
}

TEST_CASE("zones may be looked up from several threads at once", "[schedule][zone]") {
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (const char* name : {"Europe/Paris", "Asia/Tokyo", "America/Chicago", "Europe/Paris"}) {
                if (TimeZone::require(name).name() != name) ++wrong;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}

}  // namespace holdfast
