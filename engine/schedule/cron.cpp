#include "engine/schedule/cron.hpp"

#include <bit>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::year_month;
using std::chrono::year_month_day;

constexpr std::chrono::year kFirstYear{1970};
constexpr std::chrono::year kLastYear{2199};

unsigned last_day_of(year_month month) {
    return unsigned(std::chrono::year_month_day_last(month.year(), std::chrono::month_day_last(month.month())).day());
}

// The lowest bit at or above `from`, the highest at or below it; -1 where there is none.
int bit_at_or_above(std::uint64_t bits, int from) {
    if (from > 63) return -1;
    const std::uint64_t left = bits & (~std::uint64_t{0} << from);
    return left == 0 ? -1 : std::countr_zero(left);
}
int bit_at_or_below(std::uint64_t bits, int from) {
    if (from < 0) return -1;
    const std::uint64_t left = from >= 63 ? bits : bits & ((std::uint64_t{1} << (from + 1)) - 1);
    return left == 0 ? -1 : 63 - std::countl_zero(left);
}

LocalTime local_at(year_month month, int day, int hour, int minute) {
    return LocalTime(LocalDays(month / std::chrono::day(static_cast<unsigned>(day)))) + std::chrono::hours(hour) + minutes(minute);
}

struct WallMinute {
    year_month month;
    int day, hour, minute;

    explicit WallMinute(LocalTime local)
        : month(kFirstYear / std::chrono::January), day(1), hour(0), minute(0) {
        const LocalDays date = floor<days>(local);
        const year_month_day calendar(date);
        const auto since_midnight = floor<minutes>(local - date).count();
        month = calendar.year() / calendar.month();
        day = static_cast<int>(unsigned(calendar.day()));
        hour = static_cast<int>(since_midnight / 60);
        minute = static_cast<int>(since_midnight % 60);
    }
};

}  // namespace

std::uint32_t Cron::days_of(year_month month) const {
    const unsigned last = last_day_of(month);
    const std::uint32_t valid = ((std::uint32_t{1} << last) - 1) << 1;
    const unsigned first_weekday = std::chrono::weekday(LocalDays(month / 1)).c_encoding();
    std::uint32_t by_weekday = 0;
    for (unsigned day = 1; day <= last; ++day) {
        const std::uint32_t weekday = std::uint32_t{1} << ((first_weekday + day - 1) % 7);
        const unsigned number = (day - 1) / 7 + 1;
        if (((weekdays_ | nth_weekdays_[number]) & weekday) != 0 || (day + 7 > last && (last_weekdays_ & weekday) != 0))
            by_weekday |= std::uint32_t{1} << day;
    }
    const std::uint32_t by_day = (days_ & valid) | (last_day_ ? std::uint32_t{1} << last : 0);
    // POSIX: with both fields restricted either one suffices.
    return any_day_ || any_weekday_ ? by_day & by_weekday : by_day | by_weekday;
}

std::optional<LocalTime> Cron::next_local(LocalTime after) const {
    LocalTime from = floor<minutes>(after) + minutes(1);
    from = std::max(from, LocalTime(LocalDays(kFirstYear / 1 / 1)));
    const WallMinute start(from);
    int day = start.day, hour = start.hour, minute = start.minute;
    for (year_month month = start.month; month.year() <= kLastYear; month += std::chrono::months(1), day = 1, hour = minute = 0) {
        if ((months_ >> unsigned(month.month()) & 1) == 0) continue;
        const std::uint32_t matching = days_of(month);
        for (int at = bit_at_or_above(matching, day); at > 0; at = bit_at_or_above(matching, at + 1)) {
            if (at != day) hour = minute = 0;
            int found = bit_at_or_above(minutes_, minute);
            int in_hour = bit_at_or_above(hours_, found < 0 ? hour + 1 : hour);
            if (in_hour < 0) continue;
            if (in_hour != hour) found = std::countr_zero(minutes_);
            return local_at(month, at, in_hour, found);
        }
    }
    return std::nullopt;
}

std::optional<LocalTime> Cron::previous_local(LocalTime before) const {
    // The last whole minute strictly before.
    LocalTime until = floor<minutes>(before - Duration(1));
    until = std::min(until, LocalTime(LocalDays(kLastYear / 12 / 31)) + std::chrono::hours(23) + minutes(59));
    const WallMinute start(until);
    int day = start.day, hour = start.hour, minute = start.minute;
    for (year_month month = start.month; month.year() >= kFirstYear; month -= std::chrono::months(1), day = 31, hour = 23, minute = 59) {
        if ((months_ >> unsigned(month.month()) & 1) == 0) continue;
        const std::uint32_t matching = days_of(month);
        for (int at = bit_at_or_below(matching, day); at > 0; at = bit_at_or_below(matching, at - 1)) {
            if (at != day) hour = 23, minute = 59;
            int found = bit_at_or_below(minutes_, minute);
            int in_hour = bit_at_or_below(hours_, found < 0 ? hour - 1 : hour);
            if (in_hour < 0) continue;
            if (in_hour != hour) found = bit_at_or_below(minutes_, 59);
            return local_at(month, at, in_hour, found);
        }
    }
    return std::nullopt;
}

bool Cron::matches(LocalTime minute) const {
    const WallMinute at(minute);
    return (minutes_ >> at.minute & 1) != 0 && (hours_ >> at.hour & 1) != 0 && (months_ >> unsigned(at.month.month()) & 1) != 0 &&
           (days_of(at.month) >> at.day & 1) != 0;
}

std::optional<Instant> Cron::next(const TimeZone& zone, Instant after) const {
    // The wall clock never shows, at a later instant, a reading whose run lies before an earlier reading's; so it
    // is enough to go on from what it shows now. After it was set back that may be a reading of the past.
    for (auto local = next_local(zone.to_local(after)); local; local = next_local(*local)) {
        const Instant at = zone.to_utc(*local);
        if (at > after) return at;
    }
    return std::nullopt;
}

std::optional<Instant> Cron::previous(const TimeZone& zone, Instant at) const {
    auto local = previous_local(floor<minutes>(zone.to_local(at)) + minutes(1));
    // While the clock repeats an hour, later readings than the present one have had their run already.
    for (auto later = next_local(zone.to_local(at)); later && zone.to_utc(*later) <= at; later = next_local(*later)) local = later;
    return local ? std::optional(zone.to_utc(*local)) : std::nullopt;
}

Cron Cron::require(std::string_view line) {
    auto parsed = parse(line);
    if (auto* cron = std::get_if<Cron>(&parsed)) return std::move(*cron);
    const auto& problem = std::get<CronProblem>(parsed);
    throw Error(ErrorCode::Usage, fmt::format("cron line \"{}\", column {}: {}", line, problem.column, problem.reason), problem.fix);
}

std::optional<CronProblem> check_cron(std::string_view line) {
    const auto parsed = Cron::parse(line);
    const auto* problem = std::get_if<CronProblem>(&parsed);
    return problem == nullptr ? std::nullopt : std::optional(*problem);
}

}  // namespace holdfast
