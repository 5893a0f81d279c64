// Reads an instant as a user types it.
#pragma once

#include "engine/schedule/zone.hpp"

namespace holdfast {

// Reads one of
//   RFC 3339                   2026-11-20T14:05:00+01:00, 2026-11-20 13:05Z
//   wall clock in `zone`       2026-11-20 14:05, 2026-11-20 14:05:30.250, 2026-11-20 (its first instant), 14:05 (today),
//                              today 14:05, yesterday 14:05, tomorrow
//   relative to `now`          now, 20m ago, 3mo ago, in 30d
//
// Throws Error{Usage} for anything else, for a wall-clock time that exists twice (with both readings) and
// for one that does not exist (with what the clocks did).
Instant parse_instant(std::string_view text, const TimeZone& zone, Instant now);

// Returns "2026-11-20 14:05:00 CET (2026-11-20T13:05:00Z)": how an instant is echoed to who typed it.
std::string echo_instant(Instant at, const TimeZone& zone);

}  // namespace holdfast
