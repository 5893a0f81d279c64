#include "engine/schedule/parse_instant.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

const Instant kNow = parse_rfc3339("2026-11-20T13:05:30Z").value();

TimeZone berlin() { return TimeZone::require("Europe/Berlin"); }
std::string read(std::string_view text) { return to_rfc3339(parse_instant(text, berlin(), kNow)); }
Error refusal(std::string_view text) {
    try {
        parse_instant(text, berlin(), kNow);
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorCode::Internal, "it was accepted");
}

}  // namespace

TEST_CASE("an instant may be wall-clock time in the zone", "[schedule][instant]") {
    CHECK(read("2026-11-20 14:05") == "2026-11-20T13:05:00Z");
    CHECK(read("2026-11-20T14:05:30") == "2026-11-20T13:05:30Z");
    CHECK(read("2026-11-20 14:05:30.250") == "2026-11-20T13:05:30.250Z");
    CHECK(read("2026-11-20") == "2026-11-19T23:00:00Z");
    CHECK(read("14:05") == "2026-11-20T13:05:00Z");
    CHECK(read("today 08:00") == "2026-11-20T07:00:00Z");
    CHECK(read("yesterday 14:05") == "2026-11-19T13:05:00Z");
    CHECK(read(" tomorrow ") == "2026-11-20T23:00:00Z");
}

TEST_CASE("an instant may be RFC 3339", "[schedule][instant]") {
    CHECK(read("2026-11-20T14:05:00+01:00") == "2026-11-20T13:05:00Z");
    CHECK(read("2026-11-20 13:05Z") == "2026-11-20T13:05:00Z");
}

TEST_CASE("an instant may be relative to now", "[schedule][instant]") {
    CHECK(read("now") == "2026-11-20T13:05:30Z");
    CHECK(read("20m ago") == "2026-11-20T12:45:30Z");
    CHECK(read("1h30m ago") == "2026-11-20T11:35:30Z");
    CHECK(read("3mo ago") == "2026-08-20T12:05:30Z");
    CHECK(read("in 30d") == "2026-12-20T13:05:30Z");
}

TEST_CASE("an ambiguous wall-clock time is refused with both readings", "[schedule][instant][dst]") {
    const Error error = refusal("2026-10-25 02:30");
    CHECK(error.code == ErrorCode::Usage);
    CHECK(error.message == "\"2026-10-25 02:30\" happens twice in Europe/Berlin: 2026-10-25T02:30:00+02:00 and 2026-10-25T02:30:00+01:00");
    CHECK(read("2026-10-25T02:30:00+01:00") == "2026-10-25T01:30:00Z");
}

TEST_CASE("a wall-clock time that does not exist is refused and says why", "[schedule][instant][dst]") {
    const Error error = refusal("2026-03-29 02:30");
    CHECK(error.code == ErrorCode::Usage);
    CHECK(error.message == "\"2026-03-29 02:30\" does not exist in Europe/Berlin: the clocks go from 02:00 to 03:00");
    CHECK(error.hint == "The first instant after it is 2026-03-29T03:00:00+02:00.");
}

TEST_CASE("what is no instant is refused with what would be one", "[schedule][instant]") {
    for (const char* text : {"", " ", "soon", "20", "20m", "ago", " ago", "20 minutes ago", "-20m ago", "2026-13-01", "2026-02-29", "2026-11-20 24:00",
                             "2026-11-20 14:60", "2026-11-20 14", "2026-11-20x14:05", "14:05:99", "25:00", "today at noon", "99999999999999d ago", "900000mo ago"}) {
        INFO(text);
        const Error error = refusal(text);
        CHECK(error.code == ErrorCode::Usage);
        CHECK_FALSE(error.hint.empty());
    }
}

TEST_CASE("an instant is echoed with its zone and in UTC", "[schedule][instant]") {
    CHECK(echo_instant(kNow, berlin()) == "2026-11-20 14:05:30 CET (2026-11-20T13:05:30Z)");
}

}  // namespace holdfast
