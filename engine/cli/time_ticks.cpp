#include "engine/cli/time_ticks.hpp"

#include <algorithm>
#include <array>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array kSteps{minutes(1),          minutes(5),          minutes(15),          minutes(60),           minutes(60 * 3),        minutes(60 * 6),        minutes(60 * 12),      minutes(60 * 24),
                            minutes(60 * 24 * 2), minutes(60 * 24 * 5), minutes(60 * 24 * 7), minutes(60 * 24 * 14), minutes(60 * 24 * 30), minutes(60 * 24 * 91), minutes(60 * 24 * 365)};
constexpr minutes kDay{60 * 24};

int number_at(const std::string& text, std::size_t at, std::size_t digits) { return std::stoi(text.substr(at, digits)); }

// How far the local clock is past a mark of `unit`, which divides a day.
Duration past_mark(const std::string& local, Duration unit) {
    const Duration since_midnight = hours(number_at(local, 11, 2)) + minutes(number_at(local, 14, 2)) + std::chrono::seconds(number_at(local, 17, 2));
    return since_midnight % unit;
}

// The mark at or before `at`. Where the clocks were changed in between, it is off by that, and found from there.
Instant mark_before(Instant at, Duration unit, const std::function<std::string(Instant)>& local) {
    const Instant whole = std::chrono::floor<std::chrono::seconds>(at);
    const Instant mark = whole - past_mark(local(whole), unit);
    const Duration off = past_mark(local(mark), unit);
    return off > unit / 2 ? mark + (unit - off) : mark - off;
}

std::string date_text(const std::string& local, bool with_year) {
    static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::string date = fmt::format("{} {}", number_at(local, 8, 2), kMonths.at(static_cast<std::size_t>(number_at(local, 5, 2)) - 1));
    return with_year ? date + " " + local.substr(0, 4) : date;
}

}  // namespace

std::vector<TimeTick> time_ticks(Instant from, Instant until, int most, const std::function<std::string(Instant)>& local) {
    const Duration span = until - from;
    Duration step = kSteps.back();
    for (const minutes candidate : kSteps) {
        if (span / most > candidate) continue;
        step = candidate;
        break;
    }
    const Duration unit = std::min<Duration>(step, kDay);
    std::vector<TimeTick> ticks;
    for (Instant at = mark_before(until, unit, local); at >= from; at = mark_before(at - step + unit / 2, unit, local)) {
        if (at - from >= span / 30 && until - at >= span / 30) ticks.insert(ticks.begin(), {at, {}});
    }
    std::string year, day;
    for (TimeTick& tick : ticks) {
        const std::string text = local(tick.at);
        const bool new_year = text.substr(0, 4) != year, new_day = text.substr(0, 10) != day;
        tick.text = step >= kDay || (new_day && text.substr(11, 5) == "00:00") ? date_text(text, new_year) : text.substr(11, 5);
        if (step < kDay && new_day && text.substr(11, 5) != "00:00") tick.text = date_text(text, false) + ", " + tick.text;
        year = text.substr(0, 4);
        day = text.substr(0, 10);
    }
    return ticks;
}

}  // namespace holdfast
