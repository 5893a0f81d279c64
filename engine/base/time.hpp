// Instants and durations: UTC inside, milliseconds everywhere. Local time, zones and calendars are
// engine/schedule's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

using Duration = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<Duration>;  // UTC, no leap seconds (as POSIX time).

constexpr std::int64_t to_millis(Instant at) { return at.time_since_epoch().count(); }
constexpr Instant from_millis(std::int64_t millis) { return Instant(Duration(millis)); }

// Returns "2026-11-20T13:05:00Z", with ".123" only where the milliseconds are not zero.
std::string to_rfc3339(Instant at);

// Reads RFC 3339 with "Z" or a numeric offset, seconds and fraction optional, 'T' or a space between
// date and time. Returns nothing for anything else, local times without an offset among them.
std::optional<Instant> parse_rfc3339(std::string_view text);

// Reads one or more of "90s", "15m", "26h", "30d", "2w", "500ms" ("1h30m" too). Returns nothing for
// a bare number, a negative or fractional one, an unknown unit or one that overflows.
std::optional<Duration> parse_duration(std::string_view text);

// Returns the shortest text that parse_duration reads back: "15m", "1h30m", "26h", "0s". Whole days
// from 2d up are written in days.
std::string to_text(Duration duration);

// Returns a text for people, rounded to two units: "2 days 3 h", "4 min 12 s", "812 ms".
std::string for_people(Duration duration);

}  // namespace holdfast
