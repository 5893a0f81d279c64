// Evidence for tests of checks: a sound policy with a healthy history, of which each test breaks one thing.
#pragma once

#include "engine/base/format.hpp"
#include "engine/compliance/judge.hpp"
#include "tests/engine/compliance/compliance_fixtures.hpp"

namespace holdfast {

inline const Instant kNow = utc("2026-11-24T12:00:00Z");

// Everything that the policy alone must say is said.
inline Policy whole_policy() {
    Policy policy = sample_policy({cron(BackupKind::Full, "0 2 * * *", "30m", "15m")}, "27h", "UTC");
    policy.stores[1].lock = StoreLock{.mode = LockMode::Compliance, .for_period = *parse_period("14d")};
    policy.environments[0].rto = span("1h");
    policy.environments[0].floor.approvals = 1;
    policy.policies[0].retention = {.any_second = {}, .daily = parse_period("30d"), .weekly = {}, .monthly = parse_period("12mo"), .at_least = 3};
    for (const char* disaster : {"accidental-deletion", "corruption", "total-failure"}) policy.scenarios.push_back({.name = disaster, .runbook = disaster});
    DrillSpec drill;
    drill.name = "weekly";
    drill.environment = EnvironmentName("prod");
    drill.when = CronSpec{"0 5 * * Sat"};
    drill.runbook = "total-failure";
    policy.drills = {drill};
    return policy;
}

inline RecoveryPoint state_of(Instant at, int number) {
    RecoveryPoint point;
    point.id = PointId(fmt::format("01p{:023}", number));
    point.database = DatabaseName("orders");
    point.started = point.instant = at;
    point.finished = at + std::chrono::minutes(4);
    point.source_bytes = 1'000'000;
    point.soundness = Soundness::Sound;
    point.copies = {StoreName("local"), StoreName("offsite")};
    point.provenance.policy_commit = "c0ffee";
    return point;
}

// A state at two in the morning of each of the last 40 days, checked at once.
inline Evidence whole_evidence() {
    Evidence evidence;
    evidence.as_of = kNow;
    evidence.can_lock = evidence.can_drill = true;
    DatabaseEvidence& past = evidence.databases["orders"];
    for (int day = 0; day < 40; ++day) {
        const Instant at = utc("2026-11-24T02:00:00Z") - std::chrono::days(day);
        past.points.push_back(state_of(at, 1000 - day));
        past.checks.push_back({past.points.back().id, StoreName("local"), at + std::chrono::minutes(4), true, true});
        past.runs.insert(past.runs.begin(), {at, at, at + std::chrono::minutes(4), BackupKind::Full, JobState::Done, 1000});
    }
    evidence.runbooks = {"accidental-deletion", "corruption", "total-failure"};
    for (const std::string& book : evidence.runbooks) evidence.book_runs.push_back({book, kNow - std::chrono::days(10), kNow - std::chrono::days(10)});
    evidence.host = "db1";
    DrillRecord drilled;
    drilled.database = DatabaseName("orders");
    drilled.runbook = "restore-of-their-own";
    drilled.started = drilled.finished = kNow - std::chrono::days(3);
    drilled.took = std::chrono::minutes(2);
    drilled.passed = true;
    past.drills = {drilled};
    LiveFacts live;
    for (const char* store : {"local", "offsite"}) {
        StoreFacts facts;
        facts.store = StoreName(store);
        facts.keys = {kNow - std::chrono::days(10), kNow - std::chrono::days(9)};
        facts.free_bytes = 1'000'000'000;
        facts.stored_bytes = 1'000'000;
        live.stores.push_back(facts);
    }
    live.newest_instant = kNow - std::chrono::hours(10);
    evidence.live = live;
    return evidence;
}

// "RPO-NOW(orders)" for each finding, in order.
inline std::vector<std::string> found_in(const Judgement& judgement) {
    std::vector<std::string> found;
    for (const Shortfall& shortfall : judgement.findings) found.push_back(fmt::format("{}({})", shortfall.check, shortfall.subject));
    return found;
}
inline const Shortfall* finding_of(const Judgement& judgement, std::string_view check) {
    const auto found = std::ranges::find(judgement.findings, check, &Shortfall::check);
    return found == judgement.findings.end() ? nullptr : &*found;
}

}  // namespace holdfast
