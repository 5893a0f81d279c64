#include "engine/compliance/check_recovery.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/compliance/survivors.hpp"

namespace holdfast {
namespace {

constexpr Duration kBookAgeMax = std::chrono::hours(24 * 180);

const ScenarioSpec* scenario_of(const Policy& policy, Disaster disaster) {
    const auto found = std::ranges::find(policy.scenarios, name_of(disaster), &ScenarioSpec::name);
    return found == policy.scenarios.end() ? nullptr : &*found;
}

bool covers(const DrillSpec& drill, const DatabaseSpec& database) {
    if (drill.environment) return *drill.environment == database.environment;
    return std::ranges::find(drill.databases, database.name) != drill.databases.end();
}

}  // namespace

void judge_book_exists(CheckContext& context) {
    for (std::size_t i = 0; i < kDisasterCount; ++i) {
        const auto disaster = static_cast<Disaster>(i);
        const ScenarioSpec* scenario = scenario_of(context.policy, disaster);
        if (scenario == nullptr) {
            context.report({.subject = "", .path = {"scenarios"}, .message = fmt::format("no runbook answers {}", name_of(disaster)), .fix = fmt::format("Write `scenarios: {{ {0}: {{ runbook: {0} }} }}`.", name_of(disaster))});
        } else if (std::ranges::find(context.evidence.runbooks, scenario->runbook) == context.evidence.runbooks.end()) {
            context.report({.subject = "", .path = {"scenarios", scenario->name, "runbook"}, .message = fmt::format("{} is to be answered by {}, which does not exist", name_of(disaster), printable(scenario->runbook, 60)), .fix = "See what there is with `runbook book list`."});
        }
    }
}

void judge_book_tested(CheckContext& context) {
    for (std::size_t i = 0; i < kDisasterCount; ++i) {
        const ScenarioSpec* scenario = scenario_of(context.policy, static_cast<Disaster>(i));
        if (scenario == nullptr) continue;   // BOOK-EXISTS says so.
        std::optional<Instant> newest;
        for (const PastBookRun& run : context.evidence.book_runs) {
            if (run.runbook == scenario->runbook && run.done && run.started <= context.now()) newest = std::max(newest.value_or(run.started), run.started);
        }
        if (newest && context.now() - *newest <= kBookAgeMax) continue;
        const std::string when = newest ? fmt::format("{} ago, {} are allowed", for_people(context.now() - *newest), for_people(kBookAgeMax)) : "never";
        context.report({.subject = "", .path = {"scenarios", scenario->name, "runbook"}, .message = fmt::format("runbook {} has last run to its end {}", printable(scenario->runbook, 60), when), .fix = "Run it against a copy, and write down what was missing."});
    }
}

void judge_drill_planned(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const auto& age_max = subject.environment.floor.drill_max_age;
        const std::vector<std::string> path{"environments", subject.environment.name.str(), "floor"};
        std::optional<Duration> best;
        for (const DrillSpec& drill : context.policy.drills) {
            if (!covers(drill, subject.database)) continue;
            const BackupRule as_rule{.kind = BackupKind::Full, .when = drill.when, .start_within = {}, .finish_within = {}};
            const auto distance = context.slots.longest(std::vector{&as_rule}, 0);
            if (distance) best = std::min(best.value_or(Duration::max()), distance->between);
        }
        if (!best) context.report({.subject = subject.name(), .path = path, .message = "no drill covers it: nobody knows whether it can be brought back", .fix = fmt::format("Add a drill of environment {} under `drills:`.", subject.environment.name.str())});
        else if (age_max && *best > longest(*age_max)) context.report({.subject = subject.name(), .path = path, .message = fmt::format("up to {} pass between two drills, {} are allowed", for_people(*best), to_text(*age_max)), .fix = "Plan the drill more often."});
        else if (!context.evidence.can_drill) context.report({.subject = subject.name(), .path = path, .message = "a drill is planned, and this build does not run drills by itself", .fix = "Run the drill's runbook by hand against a copy, as often as it is planned."});
    }
}

void judge_drill_age(CheckContext& context) {
    // The record knows of no drills yet: what the floor demands of them cannot have been kept.
    for (const auto& subject : context.subjects()) {
        const auto& age_max = subject.environment.floor.drill_max_age;
        if (!age_max) continue;
        context.report({.subject = subject.name(), .path = {"environments", subject.environment.name.str(), "floor", "drill_max_age"}, .message = fmt::format("no drill of it is on record, one within {} is demanded", to_text(*age_max)), .fix = "Bring it back beside the live one with a runbook, and have the finding waived with that reason."});
    }
}

}  // namespace holdfast
