#include "engine/schedule/parse_instant.hpp"

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kForms =
    "Give RFC 3339 (2026-11-20T14:05:00+01:00), wall-clock time (\"2026-11-20 14:05\"), or how long ago (\"20m ago\").";

[[noreturn]] void refuse_instant(std::string_view text, std::string_view why) {
    throw Error(ErrorCode::Usage, fmt::format("\"{}\" is not an instant: {}", printable(text, 60), why), std::string(kForms));
}

// Reads exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<LocalDays> take_date(std::string_view& text) {
    std::string_view left = text;
    const auto year = take_number(left, 4);
    if (!year || !take(left, '-')) return std::nullopt;
    const auto month = take_number(left, 2);
    if (!month || !take(left, '-')) return std::nullopt;
    const auto day = take_number(left, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    text = left;
    return LocalDays(date);
}

// Reads "14:05", "14:05:30" or "14:05:30.250", and nothing after it.
std::optional<Duration> read_time_of_day(std::string_view text) {
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    Duration time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
    if (take(text, ':')) {
        const auto second = take_number(text, 2);
        if (!second || *second > 59) return std::nullopt;
        time += std::chrono::seconds(*second);
        if (take(text, '.')) {
            const auto millis = take_number(text, 3);
            if (!millis) return std::nullopt;
            time += Duration(*millis);
        }
    }
    return text.empty() ? std::optional(time) : std::nullopt;
}

std::string shown_clock(LocalTime local) { return TimeZone::utc().to_local_text(Instant(local.time_since_epoch())).substr(11, 5); }

[[noreturn]] void refuse_ambiguous(std::string_view text, const LocalReading& reading, const TimeZone& zone) {
    throw Error(ErrorCode::Usage,
                fmt::format("\"{}\" happens twice in {}: {} and {}", printable(text, 60), zone.name(), zone.to_offset_text(reading.first),
                            zone.to_offset_text(reading.second)),
                "Give one of the two, with its offset.");
}

[[noreturn]] void refuse_nonexistent(std::string_view text, const LocalReading& reading, const TimeZone& zone) {
    const auto gap = zone.transitions(reading.first, reading.first + Duration(1));
    const std::string how = gap.empty() ? "the clocks skip it"
                                        : fmt::format("the clocks go from {} to {}", shown_clock(gap.front().local_before()),
                                                      shown_clock(gap.front().local_after()));
    throw Error(ErrorCode::Usage, fmt::format("\"{}\" does not exist in {}: {}", printable(text, 60), zone.name(), how),
                fmt::format("The first instant after it is {}.", zone.to_offset_text(reading.first)));
}

Instant read_wall_clock(std::string_view text, LocalTime local, const TimeZone& zone) {
    const LocalReading reading = zone.read(local);
    switch (reading.kind) {
        case LocalReading::Kind::Ambiguous: refuse_ambiguous(text, reading, zone);
        case LocalReading::Kind::Nonexistent: refuse_nonexistent(text, reading, zone);
        case LocalReading::Kind::Unique: break;
    }
    return reading.first;
}

// A day alone means its first instant, also where its midnight is skipped or comes twice.
Instant read_day(std::string_view text, LocalDays day, std::string_view rest, const TimeZone& zone) {
    if (rest.empty()) return zone.to_utc(LocalTime(day));
    const auto time = read_time_of_day(rest);
    if (!time) refuse_instant(text, "after the day comes a time such as 14:05 or 14:05:30");
    return read_wall_clock(text, LocalTime(day) + *time, zone);
}

std::optional<Instant> read_relative(std::string_view text, const TimeZone& zone, Instant now) {
    if (text == "now") return now;
    const bool ago = text.ends_with(" ago"), ahead = text.starts_with("in ");
    if (ago == ahead) return std::nullopt;
    const std::string_view span = trim(ago ? text.substr(0, text.size() - 4) : text.substr(3));
    const auto period = parse_period(span);
    if (!period || longest(*period) > std::chrono::hours(24) * 365 * 500)
        refuse_instant(text, "a span is a number with a unit, such as 20m, 26h, 30d or 3mo");
    return ago ? before_by(now, *period, zone) : after_by(now, *period, zone);
}

}  // namespace

Instant parse_instant(std::string_view text, const TimeZone& zone, Instant now) {
    const std::string_view given = trim(text);
    if (given.empty()) refuse_instant(text, "it is empty");
    if (const auto exact = parse_rfc3339(given)) return *exact;
    if (const auto relative = read_relative(given, zone, now)) return *relative;

    const auto today = std::chrono::floor<std::chrono::days>(zone.to_local(now));
    for (const auto& [word, shift] : {std::pair<std::string_view, int>{"today", 0}, {"yesterday", -1}, {"tomorrow", 1}}) {
        if (given == word || given.starts_with(std::string(word) + " "))
            return read_day(text, today + std::chrono::days(shift), trim(given.substr(word.size())), zone);
    }
    if (const auto time = read_time_of_day(given)) return read_wall_clock(text, LocalTime(today) + *time, zone);

    std::string_view rest = given;
    const auto day = take_date(rest);
    if (!day) refuse_instant(text, "it is neither a day of the calendar nor a time");
    if (!rest.empty() && !take(rest, ' ') && !take(rest, 'T')) refuse_instant(text, "after the day comes a blank and a time");
    return read_day(text, *day, trim(rest), zone);
}

std::string echo_instant(Instant at, const TimeZone& zone) {
    return fmt::format("{} ({})", zone.to_local_text(at), to_rfc3339(at));
}

}  // namespace holdfast
