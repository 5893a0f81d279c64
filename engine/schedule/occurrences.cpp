#include "engine/schedule/occurrences.hpp"

#include <algorithm>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

}  // namespace

Occurrences::Occurrences(const When& when, const TimeZone& zone) : zone_(zone) {
    if (const auto* cron = std::get_if<CronSpec>(&when)) cron_ = Cron::require(cron->line);
    if (const auto* every = std::get_if<EverySpec>(&when)) every_ = every->every;
}

std::optional<Instant> Occurrences::next_after(Instant at) const {
    if (cron_) return cron_->next(zone_, at);
    if (every_ <= Duration(0)) return std::nullopt;
    return from_millis((floor_div(to_millis(at), every_.count()) + 1) * every_.count());
}

std::optional<Instant> Occurrences::last_at_or_before(Instant at) const {
    if (cron_) return cron_->previous(zone_, at);
    if (every_ <= Duration(0)) return std::nullopt;
    return from_millis(floor_div(to_millis(at), every_.count()) * every_.count());
}

bool Occurrences::is_at(Instant at) const { return last_at_or_before(at) == at; }

std::vector<Instant> Occurrences::range(Instant after, Instant until, std::size_t limit) const {
    // Backwards, so that a long span costs no more than the newest `limit` of it.
    std::vector<Instant> found;
    for (auto at = last_at_or_before(until); at && *at > after && found.size() < limit; at = last_at_or_before(*at - Duration(1)))
        found.push_back(*at);
    std::reverse(found.begin(), found.end());
    return found;
}

std::uint64_t Occurrences::count(Instant after, Instant until) const {
    if (until <= after) return 0;
    if (!cron_) {
        if (every_ <= Duration(0)) return 0;
        return static_cast<std::uint64_t>(floor_div(to_millis(until), every_.count()) - floor_div(to_millis(after), every_.count()));
    }
    std::uint64_t found = 0;
    for (auto at = next_after(after); at && *at <= until; at = next_after(*at)) ++found;
    return found;
}

std::optional<Duration> Occurrences::longest_gap(Instant after, Instant until) const {
    if (!cron_) return count(after, until) < 2 ? std::nullopt : std::optional(every_);
    std::optional<Duration> longest;
    std::optional<Instant> last;
    for (auto at = next_after(after); at && *at <= until; at = next_after(*at)) {
        if (last) longest = std::max(longest.value_or(Duration(0)), *at - *last);
        last = at;
    }
    return longest;
}

std::string explain(const When& when, const TimeZone& zone) {
    if (const auto* cron = std::get_if<CronSpec>(&when)) return fmt::format("{} ({})", Cron::require(cron->line).explain(), zone.name());
    if (const auto* every = std::get_if<EverySpec>(&when)) return fmt::format("every {} of elapsed time", for_people(every->every));
    return "continuously";
}

std::vector<std::string> dst_warnings(const When& when, const TimeZone& zone, Instant from) {
    const auto* cron = std::get_if<CronSpec>(&when);
    return cron == nullptr ? std::vector<std::string>{} : Cron::require(cron->line).dst_warnings(zone, from);
}

}  // namespace holdfast
