#include "engine/model/period.hpp"

#include <charconv>

namespace holdfast {
namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr int kMonthsMax = 12 * 1000;

}  // namespace

std::optional<Period> parse_period(std::string_view text) {
    Period period;
    std::string_view left = text;
    // Years and months come first; what follows is an ordinary duration.
    for (const auto& [suffix, months] : {std::pair<std::string_view, int>{"y", 12}, {"mo", 1}}) {
        int count = 0;
        const auto [end, fault] = std::from_chars(left.data(), left.data() + left.size(), count);
        const auto digits = static_cast<std::size_t>(end - left.data());
        if (fault != std::errc() || count < 0 || !left.substr(digits).starts_with(suffix)) continue;
        if (count > kMonthsMax / months) return std::nullopt;
        period.months += count * months;
        left.remove_prefix(digits + suffix.size());
        if (!left.empty() && (left.front() < '0' || left.front() > '9')) return std::nullopt;
    }
    if (left.empty()) return text.empty() ? std::nullopt : std::optional(period);
    const auto rest = parse_duration(left);
    if (!rest) return std::nullopt;
    period.rest = *rest;
    return period;
}

std::string to_text(const Period& period) {
    std::string text;
    if (period.months != 0) text = period.months % 12 == 0 ? std::to_string(period.months / 12) + "y" : std::to_string(period.months) + "mo";
    if (period.rest != Duration(0) || text.empty()) text += to_text(period.rest);
    return text;
}

Duration shortest(const Period& period) { return period.months * 28 * kDay + period.rest; }
Duration longest(const Period& period) { return period.months * 31 * kDay + period.rest; }

}  // namespace holdfast
