#include <algorithm>
#include <array>
#include <set>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/cadence.hpp"
#include "engine/policy/checks.hpp"

namespace holdfast {
namespace {

using std::chrono::days;

constexpr double kYearsToFillMax = 10;

// One policy while its retention is held against its schedule.
struct RetentionCheck {
    const PolicyFolder& folder;
    const BackupPolicy& policy;
    Cadence& cadence;
    Problems& problems;

    const std::string& name() const { return policy.name.str(); }
    void report(std::string id, std::string_view rule, std::string message, std::string fix, Severity severity = Severity::Error) const {
        std::vector<std::string> path{"policies", name(), "retention"};
        if (!rule.empty()) path.emplace_back(rule);
        problems.add(nearest_place(folder.root, path), {.id = std::move(id), .message = std::move(message), .fix = std::move(fix), .subject = name(), .severity = severity});
    }
    const BackupRule* rule_of(BackupKind kind) const {
        const auto found = std::ranges::find(policy.backups, kind, &BackupRule::kind);
        return found == policy.backups.end() ? nullptr : &*found;
    }
};

// A calendar rule: a point for each day, week or month.
struct BucketRule {
    std::string_view key, bucket, adjective;
    std::optional<Period> RetentionRule::*period;
    Duration bucket_least;                            // A rule that covers less keeps nothing in particular.
    std::set<std::int64_t> Coverage::*covered;
};
const std::array<BucketRule, 3> kBucketRules{{
    {"daily", "day", "daily", &RetentionRule::daily, days(1), &Coverage::days},
    {"weekly", "week", "weekly", &RetentionRule::weekly, days(7), &Coverage::weeks},
    {"monthly", "month", "monthly", &RetentionRule::monthly, days(28), &Coverage::months},
}};

bool has_neighbours(const std::set<std::int64_t>& keys) {
    return std::ranges::adjacent_find(keys, [](std::int64_t a, std::int64_t b) { return b == a + 1; }) != keys.end();
}
// How many keys are missing between the first and the last.
std::size_t holes_in(const std::set<std::int64_t>& keys) {
    return keys.empty() ? 0 : static_cast<std::size_t>(*keys.rbegin() - *keys.begin() + 1) - keys.size();
}

void check_bucket(const RetentionCheck& check, const BucketRule& rule, const Coverage& coverage) {
    const std::optional<Period>& period = check.policy.retention.*rule.period;
    if (!period) return;
    if (longest(*period) < rule.bucket_least) {
        return check.report("unreachable-retention", rule.key, fmt::format("`{}: {}` covers less than one {}", rule.key, to_text(*period), rule.bucket),
                            fmt::format("Cover at least one {}, or remove the rule.", rule.bucket));
    }
    const std::set<std::int64_t>& covered = coverage.*rule.covered;
    if (!has_neighbours(covered)) {
        return check.report("unreachable-retention", rule.key, fmt::format("`{}: {}` wants a point for each {}, but no two {}s in a row have a backup", rule.key, to_text(*period), rule.bucket, rule.bucket),
                            fmt::format("Make a full or incremental backup {}, or use a longer rule.", rule.bucket == "day" ? "every day" : fmt::format("in every {}", rule.bucket)));
    }
    if (const std::size_t holes = holes_in(covered); holes > 0) {
        check.report("sparse-retention", rule.key, fmt::format("`{}: {}` wants a point for each {}, but within two years {} no backup", rule.key, to_text(*period), rule.bucket,
                                                               holes == 1 ? fmt::format("1 {} has", rule.bucket) : fmt::format("{} {}s have", format_count(holes), rule.bucket)),
                     "Back up on those too, if they matter.", Severity::Warning);
    }
}

void check_any_second(const RetentionCheck& check) {
    const std::optional<Period>& period = check.policy.retention.any_second;
    const BackupRule* log = check.rule_of(BackupKind::Log);
    if (log != nullptr && !period) {
        check.report("log-not-kept", "", fmt::format("policy `{}` makes log backups, but no rule keeps them", check.name()), "Add `any_second: 14d` to its retention, or drop the log backups.", Severity::Warning);
    }
    if (!period) return;
    if (log == nullptr) {
        check.report("unreachable-retention", "any_second", fmt::format("`any_second: {}` needs log backups, and policy `{}` makes none", to_text(*period), check.name()),
                     "Add `log: { every: 5m }` to its backups, or remove the rule.");
        return;
    }
    const auto* every = std::get_if<EverySpec>(&log->when);
    if (every != nullptr && longest(*period) < every->every) {
        check.report("unreachable-retention", "any_second", fmt::format("`any_second: {}` is shorter than the {} between two log backups", to_text(*period), to_text(every->every)),
                     "Cover a longer time, or back up the log more often.");
    }
}

void check_at_least(const RetentionCheck& check, const Coverage& coverage) {
    const double years = coverage.runs_per_year > 0 ? check.policy.retention.at_least / coverage.runs_per_year : 0;
    if (years <= kYearsToFillMax) return;
    check.report("unreachable-retention", "at_least", fmt::format("`at_least: {}` would take {:.0f} years to fill", check.policy.retention.at_least, years), "Ask for fewer points, or back up more often.");
}

void check_one_policy(const RetentionCheck& check) {
    if (check.policy.backups.empty()) return;
    if (check.policy.retention.empty()) {
        check.report("keeps-everything", "", fmt::format("policy `{}` has no retention rule: everything is kept for ever", check.name()), "Add for example `retention: { daily: 30d, monthly: 12mo, at_least: 3 }`.", Severity::Warning);
    }
    check_any_second(check);
    std::vector<When> points;   // What makes recovery points; log backups only connect them.
    for (const BackupRule& rule : check.policy.backups) {
        if (rule.kind != BackupKind::Log) points.push_back(rule.when);
    }
    const auto coverage = check.cadence.coverage(points);
    if (points.empty() || !coverage) return;
    for (const BucketRule& rule : kBucketRules) check_bucket(check, rule, *coverage);
    check_at_least(check, *coverage);
}

}  // namespace

void note_exhausted_effort(bool exhausted, Problems& problems) {
    if (!exhausted || problems.has("not-judged")) return;
    problems.add({}, {.id = "not-judged", .message = "the folder has too many different schedules to judge all of them", .fix = "Let more policies share a schedule.", .severity = Severity::Note});
}

void check_retention(const PolicyFolder& folder, Problems& problems) {
    // An unknown zone has been reported; by UTC the rest can still be judged.
    Cadence cadence(TimeZone::find(folder.policy.timezone).value_or(TimeZone::utc()));
    for (const BackupPolicy& policy : folder.policy.policies) {
        if (folder.broken_policies.contains(policy.name.str())) continue;
        check_one_policy({folder, policy, cadence, problems});
    }
    note_exhausted_effort(cadence.exhausted(), problems);
}

}  // namespace holdfast
