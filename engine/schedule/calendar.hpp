// Calendar arithmetic in a zone: months that end, days that have 23 hours, weeks that belong to another year.
#pragma once

#include "engine/model/period.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {

// `at` minus or plus a period: months first, on the wall clock, clamped to the month's last day (31 March
// minus one month is 28 or 29 February); what is not months as elapsed time.
Instant before_by(Instant at, const Period& period, const TimeZone& zone);
Instant after_by(Instant at, const Period& period, const TimeZone& zone);

// Numbers that are equal exactly for instants of the same calendar day, ISO week (from Monday) or month in
// the zone, and greater for later ones.
std::int64_t day_key(Instant at, const TimeZone& zone);
std::int64_t week_key(Instant at, const TimeZone& zone);
std::int64_t month_key(Instant at, const TimeZone& zone);

// "2026-11-20", "2026-W47", "2026-11".
std::string day_text(Instant at, const TimeZone& zone);
std::string week_text(Instant at, const TimeZone& zone);
std::string month_text(Instant at, const TimeZone& zone);

// The first instant of the calendar day or ISO week that `at` falls into, and of the next one.
Instant day_begin(Instant at, const TimeZone& zone);
Instant week_begin(Instant at, const TimeZone& zone);
Instant next_day_begin(Instant at, const TimeZone& zone);
Instant next_week_begin(Instant at, const TimeZone& zone);

}  // namespace holdfast
