// Prints how long planning 100,000 databases takes, how much memory the process ever had, and how long a
// year of one database takes to simulate. One thread. Exit status 1 where a promise is broken.
#include <sys/resource.h>

#include <chrono>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/plan/make_plan.hpp"
#include "engine/plan/simulate.hpp"

namespace holdfast {
namespace {

constexpr int kDatabases = 100'000;
constexpr double kPlanSecondsMax = 1.0;
constexpr double kPeakMaxGib = 1.0;
constexpr double kSimulationSecondsMax = 0.1;

Instant bench_instant(std::string_view text) { return parse_rfc3339(text).value(); }

// Three kinds of backup in a zone with summer time, in a few variants, as a real house would have.
Policy bench_policy() {
    Policy policy;
    policy.timezone = "Europe/Berlin";
    policy.stores = {{.name = StoreName("local"), .url = "file:///srv/backups", .site = {}, .lock = {}},
                     {.name = StoreName("offsite"), .url = "s3://backups/db", .site = {}, .lock = {}}};
    EnvironmentSpec environment;
    environment.name = EnvironmentName("prod");
    environment.copies = {StoreName("local"), StoreName("offsite")};
    policy.environments = {environment};
    for (int i = 0; i < 20; ++i) {
        BackupPolicy backup{.name = PolicyName(fmt::format("chain-{}", i)), .backups = {}, .retention = {}, .verify = {}};
        backup.backups = {
            {.kind = BackupKind::Full, .when = CronSpec{fmt::format("{} 2 * * Sun", i)}, .start_within = std::chrono::minutes(30), .finish_within = std::chrono::hours(3)},
            {.kind = BackupKind::Incremental, .when = CronSpec{fmt::format("{} 2 * * Mon-Sat", i)}, .start_within = std::chrono::minutes(30), .finish_within = std::chrono::hours(1)},
            {.kind = BackupKind::Log, .when = EverySpec{std::chrono::minutes(3)}, .start_within = std::chrono::minutes(1), .finish_within = std::chrono::minutes(2)}};
        backup.retention = {.any_second = parse_period("14d"), .daily = parse_period("30d"), .weekly = parse_period("3mo"), .monthly = parse_period("12mo"), .at_least = 3};
        policy.policies.push_back(std::move(backup));
    }
    policy.databases.reserve(kDatabases);
    for (int i = 0; i < kDatabases; ++i) {
        DatabaseSpec database;
        database.name = DatabaseName(fmt::format("customer-{:06}", i));
        database.engine = EngineKind::Postgres;
        database.environment = environment.name;
        database.policy = PolicyName(fmt::format("chain-{}", i % 20));
        database.connection = fmt::format("service=customer-{:06}", i);
        policy.databases.push_back(std::move(database));
    }
    return policy;
}

RecoveryPoint bench_point(const DatabaseName& database, int number, Instant at, BackupKind kind) {
    RecoveryPoint point;
    point.id = PointId(fmt::format("01hfa{:021}", number));
    point.database = database;
    point.engine = EngineKind::Postgres;
    point.kind = kind;
    point.started = point.instant = at;
    point.finished = at + std::chrono::minutes(4);
    point.source_bytes = 10'000'000'000;
    point.read_bytes = point.stored_bytes = kind == BackupKind::Full ? 3'000'000'000 : 40'000'000;
    point.copies = {StoreName("local"), StoreName("offsite")};
    point.soundness = Soundness::Sound;
    point.provenance.policy_commit = std::string(40, 'c');
    point.provenance.policy_hash = std::string(64, 'h');
    point.provenance.slot = at;
    point.provenance.host = "backup-1";
    return point;
}

JobRecord bench_job(const DatabaseName& database, BackupKind kind, Instant at) {
    JobRecord job;
    job.slot = {.database = database, .kind = kind, .at = at};
    job.run_as = kind;
    job.state = JobState::Done;
    job.runner = "backup-1:4711";
    job.started = at;
    job.finished = at + std::chrono::minutes(1);
    return job;
}

// The newest three points and a job of each kind; an old point that expires and, for one in fifty, a night that was missed.
World bench_world(const Policy& policy) {
    World world;
    world.points.reserve(4 * policy.databases.size());
    world.jobs.reserve(3 * policy.databases.size());
    int number = 0;
    for (const DatabaseSpec& database : policy.databases) {
        const auto minute = std::chrono::minutes(number % 20);
        const bool silent = number % 50 == 0;
        const Instant full = bench_instant("2026-11-22T01:00:00Z") + minute, incremental = bench_instant("2026-11-24T01:00:00Z") + minute;
        world.points.push_back(bench_point(database.name, number * 4 + 3, full, BackupKind::Full));
        world.points.push_back(bench_point(database.name, number * 4 + 2, full - std::chrono::hours(24 * 16), BackupKind::Full));
        world.points.push_back(bench_point(database.name, number * 4 + 1, full - std::chrono::hours(24 * 400), BackupKind::Full));
        if (!silent) world.points.push_back(bench_point(database.name, number * 4 + 4, incremental, BackupKind::Incremental));
        world.jobs.push_back(bench_job(database.name, BackupKind::Full, full));
        if (!silent) world.jobs.push_back(bench_job(database.name, BackupKind::Incremental, incremental));
        world.jobs.push_back(bench_job(database.name, BackupKind::Log, bench_instant("2026-11-24T12:00:00Z")));
        ++number;
    }
    return world;
}

double peak_gib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);
}

template <typename Work>
double seconds_of(Work&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

bool plan_them_all() {
    const Policy policy = bench_policy();
    const World world = bench_world(policy);
    bool held = true;
    // Right after a log slot for all of them, in the quiet right before one, and after two days without power.
    for (const auto& [what, now] : {std::pair<const char*, const char*>{"every log due", "2026-11-24T12:03:10Z"},
                                    {"nearly nothing due", "2026-11-24T12:02:50Z"},
                                    {"two days missed", "2026-11-26T12:00:30Z"}}) {
        Plan plan;
        const double seconds = seconds_of([&, at = bench_instant(now)] { plan = make_plan(policy, world, at); });
        std::size_t expire = 0, points = 0;
        for (const DatabaseRetention& database : plan.retention) {
            points += database.verdicts.size();
            for (const RetentionVerdict& verdict : database.verdicts) expire += verdict.keep() ? 0U : 1U;
        }
        fmt::print("plan {} databases x 3 kinds, {}: {:.3f} s ({} jobs, {} points judged, {} expire, {} slots ahead)\n", format_count(kDatabases), what, seconds,
                   format_count(plan.jobs.size()), format_count(points), format_count(expire), format_count(plan.upcoming.size()));
        held = held && seconds < kPlanSecondsMax && !plan.jobs.empty();
    }
    fmt::print("peak memory with policy, world and plan: {:.2f} GiB\n", peak_gib());
    return held && peak_gib() < kPeakMaxGib;
}

bool simulate_a_year() {
    Policy policy = bench_policy();
    policy.databases.resize(1);
    World world = bench_world(policy);
    const Instant now = bench_instant("2026-11-24T12:00:00Z"), until = bench_instant("2027-11-24T12:00:00Z");
    bool held = true;
    for (const auto& [what, logs] : {std::pair<const char*, bool>{"full, incremental", false}, {"full, incremental, log every 3 minutes", true}}) {
        PlanOptions options;
        options.can_run = {{EngineKind::Postgres, BackupKind::Full}, {EngineKind::Postgres, BackupKind::Incremental}};
        if (logs) options.can_run->emplace_back(EngineKind::Postgres, BackupKind::Log);
        Simulation simulation;
        const double seconds = seconds_of([&] { simulation = simulate(policy, world, now, until, options); });
        const DatabaseSimulation& life = simulation.databases.at(0);
        fmt::print("simulate a year of one database ({}): {:.1f} ms ({} points, worst gap {}, {} in the store at the end)\n", what, seconds * 1000,
                   format_count(life.points.size()), for_people(life.worst_gap), format_bytes(life.weeks.back().bytes));
        held = held && seconds < kSimulationSecondsMax;
    }
    return held;
}

}  // namespace
}  // namespace holdfast

int main() {
    const bool simulated = holdfast::simulate_a_year();
    const bool planned = holdfast::plan_them_all();
    fmt::print("{}\n", simulated && planned ? "all promises held" : "A PROMISE WAS BROKEN");
    return simulated && planned ? 0 : 1;
}
