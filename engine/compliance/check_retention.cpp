#include "engine/compliance/check_retention.hpp"

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

using std::chrono::hours;

constexpr Duration kFloor = hours(24 * 35);
constexpr Duration kCeiling = hours(24 * 3653);   // Ten years.

struct Tier {
    std::string_view key;
    std::optional<Period> RetentionRule::*period;
    Duration bucket;            // Longer than this between two states, and one is empty.
};
constexpr std::array kTiers{
    Tier{"any_second", &RetentionRule::any_second, Duration(0)},
    Tier{"daily", &RetentionRule::daily, hours(48)},
    Tier{"weekly", &RetentionRule::weekly, hours(24 * 14)},
    Tier{"monthly", &RetentionRule::monthly, hours(24 * 62)},
};

std::vector<std::string> retention_path(const CheckContext::Subject& subject, std::string_view key = {}) {
    std::vector<std::string> path{"policies", subject.backups.name.str(), "retention"};
    if (!key.empty()) path.emplace_back(key);
    return path;
}

Duration reach_of(const RetentionRule& rule) {
    Duration reach{0};
    for (const Tier& tier : kTiers) {
        if (rule.*tier.period) reach = std::max(reach, shortest(*(rule.*tier.period)));
    }
    return reach;
}

std::vector<const BackupRule*> state_rules(const BackupPolicy& backups) {
    std::vector<const BackupRule*> rules;
    for (const BackupRule& rule : backups.backups) {
        if (is_state(rule.kind)) rules.push_back(&rule);
    }
    return rules;
}

// The longest time between two states by the schedule.
std::optional<Duration> between_states(CheckContext& context, const CheckContext::Subject& subject) {
    const auto rules = state_rules(subject.backups);
    if (rules.empty()) return std::nullopt;
    const auto distance = context.slots.longest(rules, 0);
    return distance ? std::optional(distance->between) : std::nullopt;
}

}  // namespace

void judge_keep_floor(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const Duration reach = reach_of(subject.backups.retention);
        if (subject.backups.retention.empty() || reach >= kFloor) continue;
        context.report({.subject = subject.name(), .path = retention_path(subject), .message = fmt::format("its points reach back {}, less than {}", for_people(reach), for_people(kFloor)), .fix = "Add a rule that covers more, for example `monthly: 12mo`."});
    }
}

void judge_keep_ceiling(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const Duration reach = reach_of(subject.backups.retention);
        if (subject.backups.retention.empty()) context.report({.subject = subject.name(), .path = retention_path(subject), .message = "its points are kept for ever: there is no retention rule", .fix = "Add for example `retention: { daily: 30d, monthly: 12mo, at_least: 3 }`."});
        else if (reach > kCeiling) context.report({.subject = subject.name(), .path = retention_path(subject), .message = fmt::format("its points are kept for {}, more than ten years", for_people(reach)), .fix = "Keep them for a shorter time, or have it waived with the reason."});
    }
}

void judge_tier_reachable(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const auto between = between_states(context, subject);
        for (const Tier& tier : kTiers) {
            const auto& period = subject.backups.retention.*tier.period;
            if (!period || tier.bucket == Duration(0) || !between || *between <= tier.bucket) continue;
            context.report({.subject = subject.name(), .path = retention_path(subject, tier.key), .message = fmt::format("`{}: {}` cannot be filled: up to {} pass between two states", tier.key, to_text(*period), for_people(*between)), .fix = "Back up more often, or remove the rule."});
        }
    }
}

void judge_log_span(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const auto log = std::ranges::find(subject.backups.backups, BackupKind::Log, &BackupRule::kind);
        if (log == subject.backups.backups.end()) continue;
        const auto between = between_states(context, subject);
        const auto& kept = subject.backups.retention.any_second;
        if (!between || subject.backups.retention.empty() || (kept && shortest(*kept) >= *between)) continue;
        context.report({.subject = subject.name(), .path = retention_path(subject, "any_second"),
                        .message = fmt::format("its log is kept for {}, but up to {} pass between two states: moments in between are lost", kept ? to_text(*kept) : "no set time", for_people(*between)),
                        .fix = fmt::format("Write `any_second: {}` or more.", to_text(std::chrono::ceil<std::chrono::days>(*between)))});
    }
}

}  // namespace holdfast
