#include "engine/operations/schedule_next.hpp"

#include "engine/schedule/occurrences.hpp"

namespace holdfast {
namespace {

void add_slots_of(const DatabaseSpec& database, const Policy& policy, const TimeZone& zone, Instant now, std::size_t count,
                  std::vector<Slot>& slots) {
    const BackupPolicy* rules = policy.policy(database.policy);
    if (rules == nullptr) return;
    for (const BackupRule& rule : rules->backups) {
        const Occurrences occurrences(rule.when, zone);
        std::optional<Instant> at = occurrences.next_after(now);
        for (std::size_t taken = 0; at && taken < count; ++taken) {
            slots.push_back({database.name, rule.kind, *at});
            at = occurrences.next_after(*at);
        }
    }
}

}  // namespace

std::vector<Slot> next_slots(const Policy& policy, const std::optional<DatabaseName>& database, Instant now, std::size_t count) {
    const TimeZone zone = TimeZone::require(policy.timezone);
    std::vector<Slot> slots;
    for (const DatabaseSpec& one : policy.databases) {
        if (!database || *database == one.name) add_slots_of(one, policy, zone, now, count, slots);
    }
    std::sort(slots.begin(), slots.end(), [](const Slot& a, const Slot& b) {
        return std::tie(a.at, a.database, a.kind) < std::tie(b.at, b.database, b.kind);
    });
    if (slots.size() > count) slots.resize(count);
    return slots;
}

CronMeaning explain_cron(const std::string& line, const std::string& zone_name, Instant now, std::size_t count) {
    const TimeZone zone = TimeZone::require(zone_name);
    const Cron cron = Cron::require(line);
    CronMeaning meaning{line, zone.name(), cron.explain(), {}, cron.dst_warnings(zone, now)};
    std::optional<Instant> at = cron.next(zone, now);
    while (at && meaning.next.size() < count) {
        meaning.next.push_back(*at);
        at = cron.next(zone, *at);
    }
    return meaning;
}

}  // namespace holdfast
