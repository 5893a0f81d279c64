#include <algorithm>
#include <set>
#include <unordered_map>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/cadence.hpp"
#include "engine/policy/checks.hpp"

namespace holdfast {
namespace {

// One environment while its floor is held against the folder.
struct FloorCheck {
    const PolicyFolder& folder;
    const EnvironmentSpec& environment;
    const std::vector<const DatabaseSpec*>& databases;   // Those of the environment.
    Problems& problems;

    const std::string& name() const { return environment.name.str(); }
    void report(const std::vector<std::string>& path, std::string message, std::string fix, std::string subject = {}) const {
        problems.add(nearest_place(folder.root, path), {.id = "under-floor", .message = std::move(message), .fix = std::move(fix), .subject = std::move(subject)});
    }
};

std::string some_names(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 5;
    const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
    return join(first, ", ") + (names.size() > kShown ? fmt::format(" and {} more", format_count(names.size() - kShown)) : "");
}

void check_encrypted(const FloorCheck& check) {
    if (!check.environment.floor.encrypted || check.folder.policy.encryption.enabled) return;
    check.report({"encryption"}, fmt::format("environment `{}` demands encrypted backups, but encryption is off", check.name()), "Write `encryption: { key: \"env:BACKUP_ENCRYPTION_KEY\" }`.");
}

void check_locked_copies(const FloorCheck& check) {
    if (check.environment.copies.empty()) return;   // Reported as missing or wrong.
    int locked = 0;
    for (const StoreName& copy : check.environment.copies) {
        const StoreSpec* store = check.folder.policy.store(copy);
        if (store == nullptr) return;   // An unknown name, reported as such.
        if (store->lock) ++locked;
    }
    const int wanted = check.environment.floor.locked_copies;
    if (locked >= wanted) return;
    check.report({"environments", check.name(), "copies"}, fmt::format("environment `{}` demands {} locked {}, but {} of its stores {} a lock", check.name(), wanted, wanted == 1 ? "copy" : "copies", locked == 0 ? "none" : std::to_string(locked), locked > 1 ? "have" : "has"),
                 "Add a store that has `lock: { mode: compliance, for: 14d }` to `copies`.");
}

void check_approvals(const FloorCheck& check) {
    const auto approvers = std::ranges::count_if(check.folder.policy.people, [](const Person& person) { return std::ranges::find(person.roles, Role::Approver) != person.roles.end(); });
    const int wanted = check.environment.floor.approvals;
    if (approvers >= wanted) return;
    check.report({"environments", check.name(), "floor", "approvals"}, fmt::format("environment `{}` demands {}, but {} under `people` may approve", check.name(), counted(static_cast<std::uint64_t>(wanted), "approval"), approvers == 0 ? "nobody" : fmt::format("only {}", approvers)),
                 "Give more people the role `approver`, each with their own key.");
}

// ---- drills ----

bool covers(const DrillSpec& drill, const DatabaseSpec& database) {
    if (drill.environment) return *drill.environment == database.environment;
    return std::ranges::find(drill.databases, database.name) != drill.databases.end();
}

void check_drills(const FloorCheck& check, Cadence& cadence) {
    const std::optional<Period>& age_max = check.environment.floor.drill_max_age;
    if (!age_max) return;
    std::vector<const DrillSpec*> in_time;
    for (const DrillSpec& drill : check.folder.policy.drills) {
        const std::vector<TimedSchedule> when{{drill.when, Duration(0)}};
        const auto distance = cadence.longest_distance(when, 0);
        if (!distance || distance->total() <= longest(*age_max)) in_time.push_back(&drill);
    }
    std::vector<std::string> uncovered;
    for (const DatabaseSpec* database : check.databases) {
        if (std::ranges::none_of(in_time, [&](const DrillSpec* drill) { return covers(*drill, *database); })) uncovered.push_back(database->name.str());
    }
    if (uncovered.empty()) return;
    check.report({"environments", check.name(), "floor", "drill_max_age"}, fmt::format("environment `{}` demands a drill every {}, but none comes that often for {}", check.name(), to_text(*age_max), some_names(uncovered)),
                 fmt::format("Add a drill, for example `drills: {{ monthly: {{ databases: {{ environment: {} }}, cron: \"0 5 1 * *\", runbook: total-failure }} }}`.", check.name()),
                 uncovered.size() == 1 ? uncovered.front() : "");
}

// ---- the RPO with missed runs ----

Duration latency_of(const BackupRule& rule) { return rule.start_within.value_or(Duration(0)) + rule.finish_within.value_or(Duration(0)); }

// From a run that succeeded until the next one that does is done: everything in between can be lost.
std::optional<RunDistance> worst_loss(const BackupPolicy& policy, int missed, Cadence& cadence) {
    std::vector<TimedSchedule> schedules;
    for (const BackupRule& rule : policy.backups) {   // A continuous one loses what is on its way: not a matter of runs.
        schedules.push_back({rule.when, latency_of(rule)});
    }
    return cadence.longest_distance(schedules, missed);
}

// What one rule alone guarantees, without looking at the others.
bool holds_alone(const BackupRule& rule, int missed, Duration rpo) {
    const auto* every = std::get_if<EverySpec>(&rule.when);
    if (every == nullptr || every->every > rpo) return false;
    return every->every * (missed + 1) + latency_of(rule) <= rpo;
}

void check_missed_runs(const FloorCheck& check, Cadence& cadence) {
    const int missed = check.environment.floor.survive_missed_runs;
    if (missed < 1 || !check.environment.rpo) return;
    const Duration rpo = *check.environment.rpo;
    std::set<PolicyName> judged;
    for (const DatabaseSpec* database : check.databases) {
        if (!judged.insert(database->policy).second) continue;
        const BackupPolicy* policy = check.folder.policy.policy(database->policy);
        if (policy == nullptr || policy->backups.empty()) continue;
        if (std::ranges::any_of(policy->backups, [&](const BackupRule& rule) { return holds_alone(rule, missed, rpo); })) continue;
        const auto loss = worst_loss(*policy, missed, cadence);
        if (!loss || loss->total() <= rpo) continue;
        check.report({"policies", policy->name.str(), "backups"},
                     fmt::format("with {} in a row, `{}` loses up to {} ({} from run to run, {} until it is done); environment `{}` allows {}", counted(static_cast<std::uint64_t>(missed), "missed run"),
                                 database->name.str(), for_people(loss->total()), for_people(loss->between), for_people(loss->latency), check.name(), for_people(rpo)),
                     fmt::format("Back up more often than every {}, or use another policy for `{}`.", to_text(rpo / (missed + 1)), database->name.str()), database->name.str());
    }
}

// A hosted server gives dumps and nothing else: no log goes on from them, and the promise has to fit that.
void check_dumps_alone(const FloorCheck& check, Cadence& cadence) {
    std::set<PolicyName> judged;
    for (const DatabaseSpec* database : check.databases) {
        const BackupPolicy* policy = check.folder.policy.policy(database->policy);
        if (policy == nullptr || policy->backups.empty() || !judged.insert(database->policy).second) continue;
        if (!std::ranges::all_of(policy->backups, [](const BackupRule& rule) { return rule.kind == BackupKind::Logical; })) continue;
        const auto loss = worst_loss(*policy, 0, cadence);
        if (!loss) continue;
        const bool breaks = check.environment.rpo && loss->total() > *check.environment.rpo;
        check.problems.add(nearest_place(check.folder.root, {"policies", policy->name.str(), "backups"}),
                           {.id = "dumps-alone",
                            .message = fmt::format("`{}` is backed up by dumps alone: nothing between two of them can be brought back, up to {}{}", database->name.str(), for_people(loss->total()),
                                                   breaks ? fmt::format("; environment `{}` allows {}", check.name(), for_people(*check.environment.rpo)) : ""),
                            .fix = breaks ? "Dump more often or promise less, or add a full and a log backup where the server lets you replicate." : "",
                            .subject = database->name.str(),
                            .severity = breaks ? Severity::Warning : Severity::Note});
    }
}

}  // namespace

void check_floors(const PolicyFolder& folder, Problems& problems) {
    // An unknown zone has been reported; by UTC the rest can still be judged.
    Cadence cadence(TimeZone::find(folder.policy.timezone).value_or(TimeZone::utc()));
    std::unordered_map<std::string, std::vector<const DatabaseSpec*>> databases;
    for (const DatabaseSpec& database : folder.policy.databases) databases[database.environment.str()].push_back(&database);
    for (const EnvironmentSpec& environment : folder.policy.environments) {
        const FloorCheck check{folder, environment, databases[environment.name.str()], problems};
        check_encrypted(check);
        check_locked_copies(check);
        check_approvals(check);
        check_drills(check, cadence);
        check_missed_runs(check, cadence);
        check_dumps_alone(check, cadence);
    }
    note_exhausted_effort(cadence.exhausted(), problems);
}

}  // namespace holdfast
