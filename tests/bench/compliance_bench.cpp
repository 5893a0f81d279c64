// Prints how long all checks of 5,000 databases with a year of history take. One thread. Exit status 1 where it is more than two seconds.
#include <chrono>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/compliance/judge.hpp"

namespace holdfast {
namespace {

constexpr int kDatabases = 5'000;
constexpr int kDays = 365;
constexpr double kSecondsMax = 2.0;

const Instant kBenchNow = parse_rfc3339("2026-11-24T12:00:00Z").value();

// A few policies for all, as a real house has.
Policy bench_policy() {
    Policy policy;
    policy.timezone = "Europe/Berlin";
    policy.stores = {{.name = StoreName("local"), .url = "file:///srv/backups", .site = "berlin", .lock = {}},
                     {.name = StoreName("offsite"), .url = "s3://backups/db", .site = "frankfurt", .lock = {}}};
    EnvironmentSpec environment;
    environment.name = EnvironmentName("prod");
    environment.rpo = std::chrono::hours(26);
    environment.rto = std::chrono::hours(1);
    environment.copies = {StoreName("local"), StoreName("offsite")};
    environment.floor.survive_missed_runs = 1;
    policy.environments = {environment};
    for (int i = 0; i < 20; ++i) {
        BackupPolicy backup{.name = PolicyName(fmt::format("chain-{}", i)), .backups = {}, .retention = {}, .verify = {}};
        backup.backups = {{.kind = BackupKind::Full, .when = CronSpec{fmt::format("{} 1 * * *", i)}, .start_within = std::chrono::minutes(30), .finish_within = std::chrono::hours(1)},
                          {.kind = BackupKind::Log, .when = CronSpec{"*/15 * * * *"}, .start_within = std::chrono::minutes(1), .finish_within = std::chrono::minutes(2)}};
        backup.retention = {.any_second = parse_period("14d"), .daily = parse_period("30d"), .weekly = parse_period("3mo"), .monthly = parse_period("12mo"), .at_least = 3};
        policy.policies.push_back(std::move(backup));
    }
    for (int i = 0; i < kDatabases; ++i) {
        DatabaseSpec database;
        database.name = DatabaseName(fmt::format("customer-{:04}", i));
        database.environment = environment.name;
        database.policy = PolicyName(fmt::format("chain-{}", i % 20));
        policy.databases.push_back(std::move(database));
    }
    return policy;
}

// A run of each night of a year; a point of each of the last 30, checked at once; a hole in one of fifty.
Evidence bench_evidence(const Policy& policy) {
    Evidence evidence;
    evidence.as_of = kBenchNow;
    evidence.databases.reserve(policy.databases.size());
    int number = 0;
    for (const DatabaseSpec& database : policy.databases) {
        DatabaseEvidence& past = evidence.databases[database.name.str()];
        for (int day = kDays; day-- > 0;) {
            const Instant at = kBenchNow - std::chrono::days(day) - std::chrono::hours(11);
            if (number % 50 == 0 && day == 9) continue;
            past.runs.push_back({at, at, at + std::chrono::minutes(4), BackupKind::Full, JobState::Done, 40'000'000});
            if (day >= 30) continue;
            RecoveryPoint point;
            point.id = PointId(fmt::format("01p{:023}", number * 1000 + kDays - day));
            point.database = database.name;
            point.started = point.instant = at;
            point.finished = at + std::chrono::minutes(4);
            point.source_bytes = 1'000'000'000;
            point.soundness = Soundness::Sound;
            past.checks.insert(past.checks.begin(), {point.id, StoreName("local"), point.finished, true, false});
            past.points.insert(past.points.begin(), std::move(point));
        }
        ++number;
    }
    return evidence;
}

int run() {
    const Policy policy = bench_policy();
    const Evidence evidence = bench_evidence(policy);
    const auto begun = std::chrono::steady_clock::now();
    const Judgement judgement = judge(policy, evidence);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    fmt::print("{} databases with a year of history: {} findings in {:.2f} s\n", format_count(kDatabases), format_count(judgement.findings.size()), seconds);
    return seconds <= kSecondsMax ? 0 : 1;
}

}  // namespace
}  // namespace holdfast

int main() { return holdfast::run(); }
