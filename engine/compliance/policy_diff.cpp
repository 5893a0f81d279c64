#include "engine/compliance/policy_diff.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "engine/base/format.hpp"
#include "engine/compliance/rpo.hpp"
#include "engine/plan/retention.hpp"

namespace holdfast {
namespace {

// A value that can be held against another: more of it is better, or less.
struct Measure {
    std::string text;
    std::optional<double> value;     // Nothing: there is none.
};

std::string or_none(std::string text) { return text.empty() ? "none" : text; }

Measure measure(const std::optional<Duration>& time) {
    return {time ? to_text(*time) : "none", time ? std::optional(static_cast<double>(time->count())) : std::nullopt};
}
Measure measure(const std::optional<Period>& period) {
    return {period ? to_text(*period) : "none", period ? std::optional(static_cast<double>(longest(*period).count())) : std::nullopt};
}
Measure measure(std::size_t count) { return {std::to_string(count), static_cast<double>(count)}; }
Measure measure(int count) { return {std::to_string(count), static_cast<double>(count)}; }

enum class Better : std::uint8_t { More, Less };

// One database as one side of the change has it.
struct Side {
    const Policy& policy;
    const DatabaseSpec& database;
    const EnvironmentSpec& environment;
    const BackupPolicy& backups;
};

std::optional<Side> side_of(const Policy& policy, const DatabaseName& name) {
    const DatabaseSpec* database = policy.database(name);
    const EnvironmentSpec* environment = database == nullptr ? nullptr : policy.environment(database->environment);
    const BackupPolicy* backups = database == nullptr ? nullptr : policy.policy(database->policy);
    if (environment == nullptr || backups == nullptr) return std::nullopt;
    return Side{policy, *database, *environment, *backups};
}

std::size_t locked_copies(const Side& side) {
    return static_cast<std::size_t>(std::ranges::count_if(side.environment.copies, [&](const StoreName& name) {
        const StoreSpec* store = side.policy.store(name);
        return store != nullptr && store->lock;
    }));
}

std::string schedules_text(const BackupPolicy& backups) {
    std::string text;
    for (const BackupRule& rule : backups.backups) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name_of(rule.kind), schedule_text(rule.when));
    return text;
}

class Comparison {
public:
    Comparison(const Side& before, const Side& after, SlotLists& slots_before, SlotLists& slots_after, std::vector<PolicyChange>& changes)
        : before_(before), after_(after), slots_before_(slots_before), slots_after_(slots_after), changes_(changes) {}

    void run() {
        compare_promises();
        compare_proofs();
        compare_retention();
        compare_guards();
        other("how it is backed up", schedules_text(before_.backups), schedules_text(after_.backups));
        other("owner", before_.database.owner, after_.database.owner);
    }

private:
    // Nothing is the worst of all where something was promised, kept or demanded.
    void weigh(std::string what, const Measure& before, const Measure& after, Better better) {
        if (before.value == after.value) return;
        const bool more = !before.value || (after.value && *after.value > *before.value);
        const bool stronger = !before.value || !after.value ? !before.value : (more == (better == Better::More));
        add(std::move(what), before.text, after.text, stronger ? Direction::Stronger : Direction::Weaker);
    }
    void other(std::string what, const std::string& before, const std::string& after) {
        if (before != after) add(std::move(what), or_none(before), or_none(after), Direction::Other);
    }
    void add(std::string what, std::string before, std::string after, Direction direction) {
        changes_.push_back({after_.database.name.str(), std::move(what), std::move(before), std::move(after), direction});
    }

    void compare_promises() {
        weigh("rpo", measure(before_.environment.rpo), measure(after_.environment.rpo), Better::Less);
        weigh("rto", measure(before_.environment.rto), measure(after_.environment.rto), Better::Less);
    }

    void compare_proofs() {
        const auto before = prove_rpo(before_.policy, slots_before_, {.databases = {before_.database.name}, .missed = 0});
        const auto after = prove_rpo(after_.policy, slots_after_, {.databases = {after_.database.name}, .missed = 0});
        for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
            Measure from = measure(before[i].worst), to = measure(after[i].worst);
            if (!before[i].worst) from.text = "not bounded";
            if (!after[i].worst) to.text = "not bounded";
            weigh(fmt::format("worst loss in {}", name_of(after[i].disaster)), from, to, Better::Less);
        }
    }

    void compare_retention() {
        const RetentionRule &before = before_.backups.retention, &after = after_.backups.retention;
        // Without any rule everything is kept.
        if (before.empty() != after.empty()) {
            add("retention", before.empty() ? "everything" : "by rules", after.empty() ? "everything" : "by rules", after.empty() ? Direction::Stronger : Direction::Weaker);
            return;
        }
        weigh("retention.any_second", measure(before.any_second), measure(after.any_second), Better::More);
        weigh("retention.daily", measure(before.daily), measure(after.daily), Better::More);
        weigh("retention.weekly", measure(before.weekly), measure(after.weekly), Better::More);
        weigh("retention.monthly", measure(before.monthly), measure(after.monthly), Better::More);
        weigh("retention.at_least", measure(before.at_least), measure(after.at_least), Better::More);
    }

    void compare_guards() {
        const Floor &before = before_.environment.floor, &after = after_.environment.floor;
        weigh("copies", measure(before_.environment.copies.size()), measure(after_.environment.copies.size()), Better::More);
        weigh("locked copies", measure(locked_copies(before_)), measure(locked_copies(after_)), Better::More);
        weigh("encrypted", measure(before_.policy.encryption.enabled ? 1 : 0), measure(after_.policy.encryption.enabled ? 1 : 0), Better::More);
        weigh("approvals", measure(before.approvals), measure(after.approvals), Better::More);
        weigh("survive_missed_runs", measure(before.survive_missed_runs), measure(after.survive_missed_runs), Better::More);
        weigh("drill_max_age", measure(before.drill_max_age), measure(after.drill_max_age), Better::Less);
        const auto depth = [](const Side& side) {
            return Measure{std::string(name_of(side.backups.verify.after_backup)), static_cast<double>(side.backups.verify.after_backup)};
        };
        weigh("verify.after_backup", depth(before_), depth(after_), Better::More);
        weigh("verify.integrity_every", measure(before_.backups.verify.integrity_every), measure(after_.backups.verify.integrity_every), Better::Less);
    }

    const Side &before_, &after_;
    SlotLists &slots_before_, &slots_after_;
    std::vector<PolicyChange>& changes_;
};

}  // namespace

std::string_view name_of(Direction direction) {
    constexpr std::array<std::string_view, 3> kNames{"weaker", "stronger", "other"};
    return kNames.at(static_cast<std::size_t>(direction));
}

std::vector<PolicyChange> compare_policies(const Policy& before, const Policy& after, Instant from) {
    SlotLists slots_before(TimeZone::require(before.timezone), from), slots_after(TimeZone::require(after.timezone), from);
    std::vector<PolicyChange> changes;
    if (before.timezone != after.timezone) changes.push_back({"", "timezone", before.timezone, after.timezone, Direction::Other});
    for (const DatabaseSpec& database : after.databases) {
        const auto old_side = side_of(before, database.name), new_side = side_of(after, database.name);
        if (!new_side) continue;
        if (!old_side) changes.push_back({database.name.str(), "backed up", "no", "yes", Direction::Stronger});
        else Comparison(*old_side, *new_side, slots_before, slots_after, changes).run();
    }
    for (const DatabaseSpec& database : before.databases) {
        if (after.database(database.name) == nullptr) changes.push_back({database.name.str(), "backed up", "yes", "no", Direction::Weaker});
    }
    return changes;
}

std::vector<Deletable> newly_deletable(const Policy& before, const Policy& after, std::span<const RecoveryPoint> points, Instant now) {
    std::vector<Deletable> deletable;
    for (const DatabaseSpec& database : after.databases) {
        const auto old_side = side_of(before, database.name), new_side = side_of(after, database.name);
        if (!old_side || !new_side) continue;
        std::vector<const RecoveryPoint*> own;
        for (const RecoveryPoint& point : points) {
            if (point.database == database.name && point.instant <= now) own.push_back(&point);
        }
        for (const Duration later : {Duration(0), Duration(std::chrono::hours(24 * 7)), Duration(std::chrono::hours(24 * 30))}) {
            const auto kept = decide_retention(old_side->backups.retention, TimeZone::require(before.timezone), std::span<const RecoveryPoint* const>(own), now + later);
            const auto left = decide_retention(new_side->backups.retention, TimeZone::require(after.timezone), std::span<const RecoveryPoint* const>(own), now + later);
            std::set<PointId> gone;
            for (const RetentionVerdict& verdict : left) {
                if (!verdict.keep()) gone.insert(verdict.point);
            }
            const auto count = std::ranges::count_if(kept, [&](const RetentionVerdict& verdict) { return verdict.keep() && gone.contains(verdict.point); });
            if (count > 0) deletable.push_back({database.name.str(), now + later, static_cast<std::size_t>(count)});
        }
    }
    return deletable;
}

}  // namespace holdfast
