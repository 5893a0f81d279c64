#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/schedule/cron.hpp"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 12> kMonthNames{"January", "February", "March",     "April",   "May",      "June",
                                                       "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDayNames{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 6> kNumberWords{"", "first", "second", "third", "fourth", "fifth"};
constexpr std::size_t kTimesListedMax = 6;

std::string ordinal(int number) {
    const int tens = number % 100;
    const char* ending = tens >= 11 && tens <= 13 ? "th" : number % 10 == 1 ? "st" : number % 10 == 2 ? "nd" : number % 10 == 3 ? "rd" : "th";
    return std::to_string(number) + ending;
}

// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& items) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
        text += items[i];
    }
    return text;
}

std::string clock_of(int hour, int minute) { return fmt::format("{:02}:{:02}", hour, minute); }

}  // namespace

class CronWords {
public:
    using Part = Cron::Part;
    explicit CronWords(const Cron& cron) : cron_(cron) {}

    std::string sentence() const {
        const std::string time = times();
        const std::string days = day_words();
        std::string text = time;
        if (!days.empty()) text += " " + days;
        else if (time.find(':') != std::string::npos) text += " every day";
        if (!is_any(3)) text += " in " + months();
        return text;
    }

private:
    const std::vector<Part>& parts(std::size_t field) const { return cron_.parts_[field]; }
    bool is_any(std::size_t field) const {
        return parts(field).size() == 1 && parts(field)[0].kind == Part::Kind::Any && parts(field)[0].step == 1;
    }
    bool is_values(std::size_t field) const {
        return std::all_of(parts(field).begin(), parts(field).end(), [](const Part& part) { return part.kind == Part::Kind::Value; });
    }

    std::string times() const {
        if (is_values(0) && is_values(1) && parts(0).size() * parts(1).size() <= kTimesListedMax) {
            std::vector<std::string> clocks;
            for (const Part& hour : parts(1))
                for (const Part& minute : parts(0)) clocks.push_back(clock_of(hour.first, minute.first));
            std::sort(clocks.begin(), clocks.end());
            return "at " + listed(clocks);
        }
        if (is_any(1)) {
            const std::string every = every_minutes();
            if (!every.empty()) return every;
            return fmt::format("at {} of every hour", minutes());
        }
        if (is_any(0)) return "every minute of " + hours();
        return fmt::format("at {} of {}", minutes(), hours());
    }

    // "every minute", "every 15 minutes"; nothing where it would not be true across the hour.
    std::string every_minutes() const {
        if (is_any(0)) return "every minute";
        const Part& part = parts(0).front();
        const bool even = parts(0).size() == 1 && part.kind == Part::Kind::Any && 60 % part.step == 0;
        return even ? fmt::format("every {} minutes", part.step) : "";
    }

    // `one` is "minute" or "hour"; a step is said with what it runs over.
    static std::string number_words(const std::vector<Part>& parts, std::string_view one) {
        std::vector<std::string> words;
        for (const Part& part : parts) {
            if (part.kind == Part::Kind::Value) words.push_back(std::to_string(part.first));
            else if (part.step == 1) words.push_back(fmt::format("{} to {}", part.first, part.last));
            else if (part.kind == Part::Kind::Any) words.push_back(fmt::format("every {} {}", ordinal(part.step), one));
            else words.push_back(fmt::format("every {} {} from {} to {}", ordinal(part.step), one, part.first, part.last));
        }
        const std::string list = listed(words);
        if (list.starts_with("every")) return list;
        const bool several = parts.size() > 1 || parts[0].kind != Part::Kind::Value;
        return fmt::format("{}{} {}", one, several ? "s" : "", list);
    }
    std::string minutes() const { return is_any(0) ? "every minute" : number_words(parts(0), "minute"); }
    std::string hours() const { return is_any(1) ? "every hour" : number_words(parts(1), "hour"); }

    static std::string day_of_month_words(const std::vector<Part>& parts) {
        std::vector<Part> numbers;
        bool last = false;
        for (const Part& part : parts) {
            if (part.kind == Part::Kind::LastDay) last = true;
            else numbers.push_back(part);
        }
        std::string text = numbers.empty() ? "" : number_words(numbers, "day");
        if (last) text += (text.empty() ? "" : " and ") + std::string("the last day");
        return text + " of the month";
    }

    static std::string weekday_words(const std::vector<Part>& parts) {
        std::vector<std::string> words;
        for (const Part& part : parts) words.push_back(weekday_word(part));
        return listed(words);
    }
    static std::string weekday_word(const Part& part) {
        const auto name = [](int weekday) { return std::string(kDayNames[static_cast<std::size_t>(weekday % 7)]); };
        switch (part.kind) {
            case Part::Kind::LastWeekday: return fmt::format("the last {} of the month", name(part.first));
            case Part::Kind::NthWeekday: return fmt::format("the {} {} of the month", kNumberWords[static_cast<std::size_t>(part.step)], name(part.first));
            case Part::Kind::Value: return name(part.first);
            default: break;
        }
        if (part.step == 1) return fmt::format("{} to {}", name(part.first), name(part.last));
        return fmt::format("every {} day from {} to {}", ordinal(part.step), name(part.first), name(part.last));
    }

    std::string day_words() const {
        const bool day = !is_any(2), weekday = !is_any(4);
        if (day && weekday) {
            const char* how = cron_.any_day_ || cron_.any_weekday_ ? "where it is also" : "and also on";
            return fmt::format("on {}, {} {}", day_of_month_words(parts(2)), how, weekday_words(parts(4)));
        }
        if (day) return "on " + day_of_month_words(parts(2));
        if (weekday) return "on " + weekday_words(parts(4));
        return "";
    }

    std::string months() const {
        std::vector<std::string> words;
        const auto name = [](int month) { return std::string(kMonthNames[static_cast<std::size_t>(month - 1)]); };
        for (const Part& part : parts(3)) {
            if (part.kind == Part::Kind::Value) words.push_back(name(part.first));
            else if (part.step == 1) words.push_back(fmt::format("{} to {}", name(part.first), name(part.last)));
            else words.push_back(fmt::format("every {} month from {} to {}", ordinal(part.step), name(part.first), name(part.last)));
        }
        return listed(words);
    }

    const Cron& cron_;
};

std::string Cron::explain() const { return CronWords(*this).sentence(); }

std::vector<std::string> Cron::dst_warnings(const TimeZone& zone, Instant from) const {
    constexpr std::uint32_t kEveryHour = 0xFF'FFFF;
    const auto wall = [](LocalTime local) { return TimeZone::utc().to_local_text(Instant(local.time_since_epoch())).substr(0, 16); };
    const auto clock = [&](LocalTime local) { return wall(local).substr(11); };
    std::vector<std::string> warnings;
    bool skipped = false, repeated = false;   // One example of each is enough.
    for (const Transition& change : zone.transitions(from, from + std::chrono::hours(24 * 366))) {
        const LocalTime begin = std::min(change.local_before(), change.local_after());
        const LocalTime end = std::max(change.local_before(), change.local_after());
        const auto hit = next_local(begin - Duration(1));
        if (!hit || *hit >= end) continue;
        const bool every_hour = hours_ == kEveryHour;
        if (change.is_gap() && !skipped && !every_hour) {
            skipped = true;
            warnings.push_back(fmt::format("{} does not exist in {}: the clocks go from {} to {}; that run is at {}. A time outside {} to {} has no such day.",
                                           wall(*hit), zone.name(), clock(begin), clock(end), zone.to_local_text(zone.to_utc(*hit)), clock(begin), clock(end)));
        }
        if (!change.is_gap() && !repeated) {
            repeated = true;
            const std::string twice = fmt::format("{} comes twice in {}: the clocks go back from {} to {}", wall(*hit), zone.name(), clock(end), clock(begin));
            warnings.push_back(every_hour
                                   ? fmt::format("{}; runs happen in the first pass only, so that none comes for {} longer than usual. `every:` runs on elapsed time and has no such day.",
                                                 twice, for_people(end - begin))
                                   : fmt::format("{}; it runs once, at {}. A time outside {} to {} has no such day.", twice,
                                                 zone.to_local_text(zone.to_utc(*hit)), clock(begin), clock(end)));
        }
    }
    return warnings;
}

}  // namespace holdfast
