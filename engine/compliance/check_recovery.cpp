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
            if (run.runbook == scenario->runbook && run.done <= context.now()) newest = std::max(newest.value_or(run.started), run.started);
        }
        for (const auto& subject : context.subjects()) {
            for (const DrillRecord& drill : subject.past.drills) {
                if (drill.runbook == scenario->runbook && drill.passed) newest = std::max(newest.value_or(drill.started), drill.started);
            }
        }
        if (newest && context.now() - *newest <= kBookAgeMax) continue;
        const std::string when = newest ? fmt::format("{} ago, {} are allowed", for_people(context.now() - *newest), for_people(kBookAgeMax)) : "never";
        context.report({.subject = "", .path = {"scenarios", scenario->name, "runbook"}, .message = fmt::format("runbook {} has last run to its end {}", printable(scenario->runbook, 60), when), .fix = fmt::format("Drill it: runbook drill {} --database …", scenario->runbook)});
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
    for (const auto& subject : context.subjects()) {
        const auto& age_max = subject.environment.floor.drill_max_age;
        if (!age_max) continue;
        const auto passed = std::ranges::find(subject.past.drills, true, &DrillRecord::passed);
        const bool is_there = passed != subject.past.drills.end();
        if (is_there && context.now() - passed->finished <= longest(*age_max)) continue;
        std::string message = is_there ? fmt::format("its newest drill that passed was {} ago, one within {} is demanded", for_people(context.now() - passed->finished), to_text(*age_max))
                                       : fmt::format("no drill of it is on record that passed, one within {} is demanded", to_text(*age_max));
        if (!subject.past.drills.empty() && !subject.past.drills.front().passed) message += fmt::format("; the newest failed: {}", printable(subject.past.drills.front().why, 200));
        context.report({.subject = subject.name(), .path = {"environments", subject.environment.name.str(), "floor", "drill_max_age"}, .message = std::move(message), .fix = fmt::format("Run one: runbook drill total-failure --database {}", subject.name())});
    }
}

void judge_rto_measured(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const auto& rto = subject.environment.rto;
        if (!rto) continue;   // RTO-PROOF says so.
        const std::vector<std::string> path{"environments", subject.environment.name.str(), "rto"};
        if (subject.past.drills.empty()) {
            context.report({.subject = subject.name(), .path = path, .message = "no drill has measured how long its recovery takes", .fix = fmt::format("Run one: runbook drill total-failure --database {}", subject.name())});
            continue;
        }
        const DrillRecord& newest = subject.past.drills.front();
        if (newest.took <= *rto) continue;
        context.report(Severity::Error, {.subject = subject.name(), .path = path, .message = fmt::format("its newest drill ({}, {}) took {}, promised are {}", newest.runbook, context.slots.zone().to_local_text(newest.started), for_people(newest.took), for_people(*rto)), .fix = "Look where the time went, or promise less."});
    }
}

}  // namespace holdfast
