#include "engine/schedule/calendar.hpp"

#include <algorithm>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::year_month_day;

LocalDays local_day(Instant at, const TimeZone& zone) { return floor<days>(zone.to_local(at)); }

// Months are counted on the wall clock: the same time of day, and the last day where the month is too short.
Instant shifted_by_months(Instant at, int months, const TimeZone& zone) {
    if (months == 0) return at;
    const LocalTime local = zone.to_local(at);
    const LocalDays day = floor<days>(local);
    const year_month_day date(day);
    const auto month = date.year() / date.month() + std::chrono::months(months);
    const auto last = std::chrono::year_month_day_last(month.year(), std::chrono::month_day_last(month.month())).day();
    const year_month_day target = month / std::min(date.day(), last);
    return zone.to_utc(LocalTime(LocalDays(target)) + (local - day));
}

LocalDays monday_of(LocalDays day) { return day - days(std::chrono::weekday(day).iso_encoding() - 1); }

}  // namespace

Instant before_by(Instant at, const Period& period, const TimeZone& zone) {
    return shifted_by_months(at, -period.months, zone) - period.rest;
}

Instant after_by(Instant at, const Period& period, const TimeZone& zone) {
    return shifted_by_months(at, period.months, zone) + period.rest;
}

std::int64_t day_key(Instant at, const TimeZone& zone) { return local_day(at, zone).time_since_epoch().count(); }

std::int64_t week_key(Instant at, const TimeZone& zone) {
    // Mondays are four days after a multiple of seven, counted from Thursday 1 January 1970.
    return (monday_of(local_day(at, zone)).time_since_epoch().count() - 4) / 7;
}

std::int64_t month_key(Instant at, const TimeZone& zone) {
    const year_month_day date(local_day(at, zone));
    return std::int64_t{int(date.year())} * 12 + unsigned(date.month()) - 1;
}

std::string day_text(Instant at, const TimeZone& zone) {
    const year_month_day date(local_day(at, zone));
    return fmt::format("{:04}-{:02}-{:02}", int(date.year()), unsigned(date.month()), unsigned(date.day()));
}

std::string week_text(Instant at, const TimeZone& zone) {
    // A week belongs to the year of its Thursday (ISO 8601).
    const LocalDays thursday = monday_of(local_day(at, zone)) + days(3);
    const auto year = year_month_day(thursday).year();
    const auto week = (thursday - LocalDays(year / 1 / 1)).count() / 7 + 1;
    return fmt::format("{:04}-W{:02}", int(year), week);
}

std::string month_text(Instant at, const TimeZone& zone) {
    const year_month_day date(local_day(at, zone));
    return fmt::format("{:04}-{:02}", int(date.year()), unsigned(date.month()));
}

Instant day_begin(Instant at, const TimeZone& zone) { return zone.to_utc(LocalTime(local_day(at, zone))); }
Instant week_begin(Instant at, const TimeZone& zone) { return zone.to_utc(LocalTime(monday_of(local_day(at, zone)))); }
Instant next_day_begin(Instant at, const TimeZone& zone) { return zone.to_utc(LocalTime(local_day(at, zone) + days(1))); }
Instant next_week_begin(Instant at, const TimeZone& zone) {
    return zone.to_utc(LocalTime(monday_of(local_day(at, zone)) + days(7)));
}

}  // namespace holdfast
