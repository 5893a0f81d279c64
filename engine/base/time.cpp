#include "engine/base/time.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

struct Unit {
    std::string_view suffix;
    std::int64_t millis;
};

// Longest suffix first where one begins with another.
constexpr Unit kUnits[] = {
    {"ms", 1},          {"s", 1'000},          {"m", 60'000},
    {"h", 3'600'000},   {"d", 86'400'000},     {"w", 604'800'000},
};

// Reads exactly `digits` digits at `at`, moves past them.
std::optional<int> read_digits(std::string_view text, std::size_t& at, std::size_t digits) {
    if (text.size() < at + digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const char c = text[at + i];
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    at += digits;
    return value;
}

bool skip(std::string_view text, std::size_t& at, std::string_view any_of) {
    if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
    ++at;
    return true;
}

std::optional<Duration> read_fraction(std::string_view text, std::size_t& at) {
    std::int64_t millis = 0;
    std::int64_t scale = 100;
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
        millis += (text[at] - '0') * scale;
        scale /= 10;
        ++at;
    }
    if (at == begin) return std::nullopt;
    return Duration(millis);
}

std::optional<Duration> read_offset(std::string_view text, std::size_t& at) {
    if (skip(text, at, "Zz")) return Duration(0);
    if (at >= text.size()) return std::nullopt;
    const char sign = text[at];
    if (!skip(text, at, "+-")) return std::nullopt;
    const auto hours = read_digits(text, at, 2);
    if (!skip(text, at, ":")) return std::nullopt;
    const auto minutes = read_digits(text, at, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const Duration offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return sign == '-' ? -offset : offset;
}

}  // namespace

std::string to_rfc3339(Instant at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   time.hours().count(), time.minutes().count(), time.seconds().count());
    if (time.subseconds().count() != 0) text += fmt::format(".{:03}", time.subseconds().count());
    return text + "Z";
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
    std::size_t at = 0;
    const auto year = read_digits(text, at, 4);
    if (!year || !skip(text, at, "-")) return std::nullopt;
    const auto month = read_digits(text, at, 2);
    if (!month || !skip(text, at, "-")) return std::nullopt;
    const auto day = read_digits(text, at, 2);
    if (!day || !skip(text, at, "Tt ")) return std::nullopt;
    const auto hour = read_digits(text, at, 2);
    if (!hour || !skip(text, at, ":")) return std::nullopt;
    const auto minute = read_digits(text, at, 2);
    if (!minute) return std::nullopt;
    int second = 0;
    Duration fraction{0};
    if (skip(text, at, ":")) {
        const auto seconds = read_digits(text, at, 2);
        if (!seconds) return std::nullopt;
        second = *seconds;
        if (skip(text, at, ".")) {
            const auto read = read_fraction(text, at);
            if (!read) return std::nullopt;
            fraction = *read;
        }
    }
    const auto offset = read_offset(text, at);
    if (!offset || at != text.size() || *hour > 23 || *minute > 59 || second > 59) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return Instant(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(second) + fraction - *offset;
}

std::optional<Duration> parse_duration(std::string_view text) {
    std::int64_t total = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        std::int64_t count = 0;
        const auto [end, fault] = std::from_chars(text.data() + at, text.data() + text.size(), count);
        if (fault != std::errc() || count < 0) return std::nullopt;
        at = static_cast<std::size_t>(end - text.data());
        const Unit* found = nullptr;
        for (const Unit& unit : kUnits) {
            if (text.substr(at).starts_with(unit.suffix)) {
                found = &unit;
                break;
            }
        }
        if (found == nullptr) return std::nullopt;
        at += found->suffix.size();
        // A unit ends at a digit or at the end, so that "3mo" is not read as three minutes.
        if (at < text.size() && (text[at] < '0' || text[at] > '9')) return std::nullopt;
        if (count > (std::numeric_limits<std::int64_t>::max() - total) / found->millis) return std::nullopt;
        total += count * found->millis;
    }
    if (text.empty()) return std::nullopt;
    return Duration(total);
}

std::string to_text(Duration duration) {
    std::int64_t left = duration.count();
    if (left == 0) return "0s";
    if (left < 0) return "-" + to_text(-duration);
    constexpr std::int64_t kDay = 86'400'000;
    if (left >= 2 * kDay && left % kDay == 0) return fmt::format("{}d", left / kDay);
    std::string text;
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kParts{
        {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
    for (const auto& [suffix, millis] : kParts) {
        if (left >= millis) text += fmt::format("{}{}", left / millis, suffix);
        left %= millis;
    }
    return text;
}

std::string for_people(Duration duration) {
    const std::int64_t millis = duration.count();
    if (millis < 0) return "-" + for_people(-duration);
    if (millis < 1'000) return fmt::format("{} ms", millis);
    if (millis < 10'000) return fmt::format("{:.1f} s", static_cast<double>(millis) / 1000.0);
    const std::int64_t seconds = millis / 1000;
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3'600) return seconds % 60 == 0 ? fmt::format("{} min", seconds / 60) : fmt::format("{} min {} s", seconds / 60, seconds % 60);
    const std::int64_t minutes = seconds / 60;
    if (minutes < 24 * 60) return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60) : fmt::format("{} h {} min", minutes / 60, minutes % 60);
    const std::int64_t hours = minutes / 60;
    const std::string days = fmt::format("{} day{}", hours / 24, hours / 24 == 1 ? "" : "s");
    return hours % 24 == 0 ? days : fmt::format("{} {} h", days, hours % 24);
}

}  // namespace holdfast
