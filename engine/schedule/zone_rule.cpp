#include "engine/schedule/zone_rule.hpp"

#include <algorithm>
#include <cctype>

namespace holdfast {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

// Takes the parts of a rule off its front; `ok` turns false at the first thing that is out of place.
struct RuleText {
    std::string_view left;
    bool ok = true;

    bool take(char wanted) {
        if (left.empty() || left.front() != wanted) return false;
        left.remove_prefix(1);
        return true;
    }
    int number(int max) {
        int value = 0;
        std::size_t digits = 0;
        while (digits < left.size() && digits < 3 && std::isdigit(static_cast<unsigned char>(left[digits])) != 0) value = value * 10 + (left[digits++] - '0');
        ok = ok && digits > 0 && value <= max;
        left.remove_prefix(digits);
        return value;
    }
    // "CET", "<+1030>"
    std::string name() {
        const bool quoted = take('<');
        std::size_t length = 0;
        while (length < left.size() && (quoted ? left[length] != '>' : std::isalpha(static_cast<unsigned char>(left[length])) != 0)) ++length;
        std::string found(left.substr(0, length));
        left.remove_prefix(length);
        ok = ok && length >= 3 && (!quoted || take('>'));
        return found;
    }
    // "-1", "5:30", "+10:30:15"
    seconds time() {
        const bool negative = take('-');
        if (!negative) take('+');
        seconds value = hours(number(167));
        if (take(':')) value += std::chrono::minutes(number(59));
        if (take(':')) value += seconds(number(59));
        return negative ? -value : value;
    }
    ZoneRule::Change change() {
        ZoneRule::Change change;
        ok = ok && take(',');
        if (take('M')) {
            change.month = number(12);
            ok = ok && take('.');
            change.week = number(5);
            ok = ok && take('.');
            change.weekday = number(6);
            ok = ok && change.month > 0 && change.week > 0;
        } else {
            change.kind = take('J') ? ZoneRule::Change::Kind::DayFromOne : ZoneRule::Change::Kind::DayFromZero;
            change.day = number(365);
        }
        if (take('/')) change.time = time();
        return change;
    }
};

std::chrono::sys_days day_of_change(const ZoneRule::Change& change, std::chrono::year year) {
    using Kind = ZoneRule::Change::Kind;
    if (change.kind == Kind::DayFromZero) return std::chrono::sys_days(year / 1 / 1) + days(change.day);
    if (change.kind == Kind::DayFromOne)
        return std::chrono::sys_days(year / 1 / 1) + days(change.day - 1 + (year.is_leap() && change.day >= 60 ? 1 : 0));
    const auto month = year / std::chrono::month(static_cast<unsigned>(change.month));
    const std::chrono::weekday weekday(static_cast<unsigned>(change.weekday));
    if (change.week == 5) return std::chrono::sys_days(month / weekday[std::chrono::last]);
    return std::chrono::sys_days(month / weekday[static_cast<unsigned>(change.week)]);
}

}  // namespace

std::vector<ZoneRule::Moment> ZoneRule::changes_in(std::chrono::year year) const {
    const Instant begin = day_of_change(to_summer, year) + to_summer.time - standard;
    const Instant end = day_of_change(to_standard, year) + to_standard.time - summer;
    std::vector<Moment> moments{{begin, summer, summer_name}, {end, standard, standard_name}};
    if (end < begin) std::swap(moments[0], moments[1]);
    return moments;
}

std::optional<ZoneRule> parse_zone_rule(std::string_view text) {
    RuleText rule_text{text};
    ZoneRule rule;
    rule.standard_name = rule_text.name();
    rule.standard = -rule_text.time();      // Written as west of UTC.
    if (!rule_text.ok || rule_text.left.empty()) return std::nullopt;
    rule.summer_name = rule_text.name();
    rule.summer = rule.standard + hours(1);
    if (!rule_text.left.empty() && rule_text.left.front() != ',') rule.summer = -rule_text.time();
    rule.to_summer = rule_text.change();
    rule.to_standard = rule_text.change();
    return rule_text.ok && rule_text.left.empty() ? std::optional(rule) : std::nullopt;
}

}  // namespace holdfast
