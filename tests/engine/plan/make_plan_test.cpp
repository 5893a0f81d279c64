#include "engine/plan/make_plan.hpp"

#include <catch2/catch.hpp>

#include "engine/model/plan.hpp"
#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

constexpr auto kFull = BackupKind::Full;
constexpr auto kIncremental = BackupKind::Incremental;

// Full on Sunday, incremental on the other days, both at 02:00 UTC. 22 November 2026 is a Sunday.
Policy weekly(std::string_view start_within = "") {
    return policy_with({cron_rule(kFull, "0 2 * * Sun", start_within, "3h"), cron_rule(kIncremental, "0 2 * * Mon-Sat", start_within, "1h")});
}
// Everything was run up to and with Monday, 23 November.
World healthy() {
    World world;
    world.points = {slot_point("p2", "2026-11-23T02:00:00Z", kIncremental), slot_point("p1", "2026-11-22T02:00:00Z")};
    world.jobs = {job_record(kIncremental, "2026-11-23T02:00:00Z", JobState::Done), job_record(kFull, "2026-11-22T02:00:00Z", JobState::Done)};
    return world;
}
Plan plan_at(const Policy& policy, const World& world, std::string_view now, const PlanOptions& options = {}) { return make_plan(policy, world, utc(now), options); }

// "incremental 2026-11-24T02:00:00Z due" for each job.
std::vector<std::string> shown(const Plan& plan) {
    std::vector<std::string> texts;
    for (const Job& job : plan.jobs)
        texts.push_back(std::string(name_of(job.slot.kind)) + " " + to_rfc3339(job.slot.at) + " " + std::string(name_of(job.reason)) +
                        (job.run_as != job.slot.kind ? " as " + std::string(name_of(job.run_as)) : ""));
    return texts;
}
std::vector<std::string> missed(const Plan& plan) {
    std::vector<std::string> texts;
    for (const MissedSlot& slot : plan.missed) texts.push_back(to_text(slot.slot));
    return texts;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a slot that has come is due once", "[plan]") {
    World world = healthy();
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T01:59:59Z")).empty());
    const Plan plan = plan_at(weekly(), world, "2026-11-24T02:00:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-24T02:00:00Z due"});
    CHECK(plan.jobs[0].base == PointId("p2"));
    CHECK(plan.jobs[0].store == StoreName("local"));
    CHECK(plan.jobs[0].finish_within == std::chrono::hours(1));
    CHECK(plan.jobs[0].why == "its slot of 2026-11-24 02:00:00 UTC has come");
    CHECK(plan.missed.empty());
    CHECK(plan.has_changes());

    world.jobs.push_back(job_record(kIncremental, "2026-11-24T02:00:00Z", JobState::Done));
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:05:00Z")).empty());
    CHECK_FALSE(plan_at(weekly(), world, "2026-11-24T02:05:00Z").has_changes());
}

TEST_CASE("the point alone shows that its slot was run", "[plan]") {
    World world = healthy();
    world.jobs.clear();
    CHECK(shown(plan_at(weekly(), world, "2026-11-23T12:00:00Z")).empty());
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:00:00Z")) == Texts{"incremental 2026-11-24T02:00:00Z due"});
}

TEST_CASE("the first backup runs at once and as a full", "[plan]") {
    const Plan plan = plan_at(weekly("30m"), World{}, "2026-11-25T10:00:00Z");
    CHECK(shown(plan) == Texts{"full 2026-11-22T02:00:00Z first-backup"});
    CHECK_FALSE(plan.jobs[0].start_before);
    CHECK(plan.missed.empty());
    CHECK(shown(plan_at(policy_with({cron_rule(kIncremental, "0 2 * * *")}), World{}, "2026-11-25T10:00:00Z")) ==
          Texts{"incremental 2026-11-25T02:00:00Z first-backup as full"});
}

TEST_CASE("the first backup has a slot of its own where the last one is spent", "[plan]") {
    World world;
    world.jobs = {job_record(kFull, "2026-11-22T02:00:00Z", JobState::Done)};   // Its point is gone.
    CHECK(shown(plan_at(weekly(), world, "2026-11-25T10:00:00.123Z")) == Texts{"full 2026-11-25T10:00:00Z first-backup"});
}

TEST_CASE("nothing is planned beside a first backup that is running", "[plan]") {
    World world;
    world.jobs = {job_record(kFull, "2026-11-22T02:00:00Z", JobState::Running)};
    world.jobs[0].started = utc("2026-11-24T01:30:00Z");
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:00:00Z")).empty());
}

TEST_CASE("missed slots become one run and are recorded", "[plan]") {
    const Plan plan = plan_at(weekly(), healthy(), "2026-11-27T08:00:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-27T02:00:00Z catch-up"});
    CHECK(plan.jobs[0].missed == std::vector{utc("2026-11-24T02:00:00Z"), utc("2026-11-25T02:00:00Z"), utc("2026-11-26T02:00:00Z")});
    CHECK(plan.jobs[0].missed_count == 3);
    CHECK(plan.jobs[0].why == "its slot of 2026-11-27 02:00:00 UTC has come; 3 slots were missed since 2026-11-24 02:00:00 UTC, this run makes up for all of them");
    CHECK(missed(plan) == Texts{"orders/incremental/2026-11-24T02:00:00Z", "orders/incremental/2026-11-25T02:00:00Z", "orders/incremental/2026-11-26T02:00:00Z"});

    World world = healthy();
    for (const MissedSlot& slot : plan.missed) world.jobs.push_back(job_record(slot.slot.kind, to_rfc3339(slot.slot.at), JobState::Missed));
    world.jobs.push_back(job_record(kIncremental, "2026-11-27T02:00:00Z", JobState::Done));
    CHECK_FALSE(plan_at(weekly(), world, "2026-11-27T08:10:00Z").has_changes());
    CHECK(plan_at(weekly(), world, "2026-11-27T08:10:00Z").missed.empty());
}

TEST_CASE("many missed slots are counted but only the newest thousand listed", "[plan]") {
    const Policy policy = policy_with({cron_rule(kFull, "0 2 1 1 *"), every_rule(kIncremental, "1m")});
    World world;
    world.points = {slot_point("p1", "2026-01-01T02:00:00Z")};
    const Plan plan = plan_at(policy, world, "2026-01-11T02:00:00Z");
    REQUIRE(plan.jobs.size() == 1);
    CHECK(plan.jobs[0].missed_count == 10 * 24 * 60 - 1);
    CHECK(plan.jobs[0].missed.size() == 1000);
    CHECK(plan.jobs[0].missed.back() == utc("2026-01-11T01:59:00Z"));
}

TEST_CASE("a start is allowed to be late by so much", "[plan]") {
    const Plan plan = plan_at(weekly("30m"), healthy(), "2026-11-24T02:30:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-24T02:00:00Z due"});
    CHECK(plan.jobs[0].start_before == utc("2026-11-24T02:30:00Z"));
}

TEST_CASE("too late for its own sake, one run still makes up for what was missed", "[plan]") {
    const Plan plan = plan_at(weekly("30m"), healthy(), "2026-11-24T03:00:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-24T02:00:00Z catch-up"});
    CHECK(plan.jobs[0].start_before == utc("2026-11-25T02:00:00Z"));
    CHECK(plan.jobs[0].why == "its slot of 2026-11-24 02:00:00 UTC should have started within 30m");
}

TEST_CASE("no catching up right before the next slot", "[plan]") {
    const Plan plan = plan_at(weekly("30m"), healthy(), "2026-11-25T01:40:00Z");
    CHECK(shown(plan).empty());
    CHECK(missed(plan) == Texts{"orders/incremental/2026-11-24T02:00:00Z"});
    CHECK(plan.missed[0].why == "too late to start; the next slot is at 2026-11-25 02:00:00 UTC");
}

TEST_CASE("an incremental without a base becomes a full and says so", "[plan]") {
    World world = healthy();
    for (RecoveryPoint& point : world.points) point.soundness = Soundness::Damaged;
    const Plan plan = plan_at(weekly(), world, "2026-11-24T02:00:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-24T02:00:00Z no-base as full"});
    CHECK_FALSE(plan.jobs[0].base);
    CHECK(plan.jobs[0].finish_within == std::chrono::hours(3));
    CHECK(plan.jobs[0].why == "its slot of 2026-11-24 02:00:00 UTC has come; the store local has no sound point to build on, so this is a full instead of an incremental");

    world = healthy();
    for (RecoveryPoint& point : world.points) point.copies = {StoreName("offsite")};
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:00:00Z")) == Texts{"incremental 2026-11-24T02:00:00Z no-base as full"});
}

TEST_CASE("the base is the newest sound point", "[plan]") {
    World world = healthy();
    world.points[0].soundness = Soundness::Damaged;
    CHECK(plan_at(weekly(), world, "2026-11-24T02:00:00Z").jobs.at(0).base == PointId("p1"));
}

TEST_CASE("a full stands for the incremental of the same time", "[plan]") {
    const Policy policy = policy_with({cron_rule(kFull, "0 2 * * Sun"), cron_rule(kIncremental, "0 2 * * *")});
    World world = healthy();
    world.jobs.push_back(job_record(kIncremental, "2026-11-28T02:00:00Z", JobState::Done));
    const Plan plan = plan_at(policy, world, "2026-11-29T02:00:00Z");
    CHECK(shown(plan) == Texts{"full 2026-11-29T02:00:00Z due"});
    CHECK(plan.jobs[0].why == "its slot of 2026-11-29 02:00:00 UTC has come; it also stands for the incremental of 2026-11-29 02:00:00 UTC");
    CHECK(plan.missed.empty());

    world.jobs.push_back(job_record(kFull, "2026-11-29T02:00:00Z", JobState::Done));
    world.points.push_back(slot_point("p3", "2026-11-29T02:00:00Z"));
    CHECK(shown(plan_at(policy, world, "2026-11-29T03:00:00Z")).empty());
}

TEST_CASE("a full that came later covers incrementals that were missed before it", "[plan]") {
    World world = healthy();
    const Plan plan = plan_at(weekly(), world, "2026-11-29T02:00:00Z");
    CHECK(shown(plan) == Texts{"full 2026-11-29T02:00:00Z due"});
    CHECK(missed(plan).size() == 4);   // Tuesday to Friday; Saturday's is the one that the full stands for.
    world.points.push_back(point_at("p3", "2026-11-29T02:00:05Z"));
    world.jobs.push_back(job_record(kFull, "2026-11-29T02:00:00Z", JobState::Done));
    CHECK_FALSE(plan_at(weekly(), world, "2026-11-29T12:00:00Z").has_changes());
}

TEST_CASE("no incremental is planned while a full is running", "[plan]") {
    World world = healthy();
    world.jobs.push_back(job_record(kFull, "2026-11-22T02:00:00Z", JobState::Running));
    world.jobs.back().lease_until = utc("2026-11-24T02:10:00Z");
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:00:00Z")).empty());
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:10:00Z")).size() == 1);
}

TEST_CASE("a run whose runner died is made again", "[plan]") {
    World world = healthy();
    world.jobs.push_back(job_record(kIncremental, "2026-11-24T02:00:00Z", JobState::Running));
    world.jobs.back().lease_until = utc("2026-11-24T02:10:00Z");
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:05:00Z")).empty());
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:15:00Z")) == Texts{"incremental 2026-11-24T02:00:00Z due"});
    // Without a lease its limit tells: an hour.
    world.jobs.back().lease_until.reset();
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:50:00Z")).empty());
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T03:01:00Z")).size() == 1);
}

TEST_CASE("a failed slot is tried again, after a while in the end", "[plan]") {
    World world = healthy();
    world.jobs.push_back(job_record(kIncremental, "2026-11-24T02:00:00Z", JobState::Failed));
    Plan plan = plan_at(weekly(), world, "2026-11-24T02:05:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-24T02:00:00Z due"});
    CHECK(plan.jobs[0].why.ends_with("; 1 try failed before, the last at 2026-11-24 02:00:01 UTC"));

    world.jobs.back().attempt = 6;   // Ended at 02:02:01; four minutes' pause.
    plan = plan_at(weekly(), world, "2026-11-24T02:05:00Z");
    CHECK(shown(plan).empty());
    CHECK(plan.notes == Texts{"failed several times, tried again from 2026-11-24 02:06:01 UTC: the incremental backup of orders"});
    CHECK(shown(plan_at(weekly(), world, "2026-11-24T02:06:01Z")).size() == 1);
}

TEST_CASE("a failed slot gives way to the next one and is not missed", "[plan]") {
    World world = healthy();
    world.jobs.push_back(job_record(kIncremental, "2026-11-24T02:00:00Z", JobState::Failed));
    const Plan plan = plan_at(weekly(), world, "2026-11-25T02:00:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-25T02:00:00Z due"});
    CHECK(plan.missed.empty());
}

TEST_CASE("slots from before anybody watched are not missed", "[plan]") {
    World world = healthy();
    world.watching_since = utc("2026-11-26T12:00:00Z");
    const Plan plan = plan_at(weekly(), world, "2026-11-27T02:00:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-27T02:00:00Z due"});
    CHECK(plan.missed.empty());
}

TEST_CASE("a kind that is new in the policy misses nothing of the past", "[plan]") {
    const Policy policy = policy_with({cron_rule(kFull, "0 2 * * Sun"), cron_rule(BackupKind::Logical, "0 3 * * *")});
    World world = healthy();
    CHECK(plan_at(policy, world, "2026-11-23T02:30:00Z").jobs.empty());
    CHECK(shown(plan_at(policy, world, "2026-11-23T03:00:00Z")) == Texts{"logical 2026-11-23T03:00:00Z due"});
}

TEST_CASE("a clock that moved back neither runs slots twice nor stops backups", "[plan]") {
    // The clock stood in 2030 for a moment; a full was made then.
    World world = healthy();
    world.points.push_back(slot_point("p9", "2030-11-24T02:00:00Z"));
    world.jobs.push_back(job_record(kFull, "2030-11-24T02:00:00Z", JobState::Done));
    const Plan plan = plan_at(weekly(), world, "2026-11-24T02:00:00Z");
    CHECK(shown(plan) == Texts{"incremental 2026-11-24T02:00:00Z due"});
    REQUIRE(plan.retention.size() == 1);
    for (const RetentionVerdict& verdict : plan.retention[0].verdicts) CHECK(verdict.keep());
    CHECK(plan.notes == Texts{"the clock was moved back: points newer than now exist, and nothing expires of orders"});
    CHECK(shown(plan_at(weekly(), world, "2030-11-24T02:00:00Z")).empty());
}

TEST_CASE("points that a store lacks are copied and held", "[plan]") {
    Policy policy = policy_with({cron_rule(kFull, "0 2 * * *")}, {.any_second = {}, .daily = parse_period("1d"), .weekly = {}, .monthly = {}, .at_least = 1});
    policy.environments[0].copies.push_back(StoreName("offsite"));
    World world;
    world.points = {slot_point("p2", "2026-11-23T02:00:00Z"), slot_point("p1", "2026-11-01T02:00:00Z"), slot_point("p0", "2026-10-01T02:00:00Z")};
    world.points[2].copies.push_back(StoreName("offsite"));
    const Plan plan = plan_at(policy, world, "2026-11-23T12:00:00Z");
    REQUIRE(plan.copies.size() == 2);
    CHECK(plan.copies[0].point == PointId("p2"));
    CHECK(plan.copies[0].from == StoreName("local"));
    CHECK(plan.copies[0].to == StoreName("offsite"));
    CHECK(plan.retention[0].verdicts[1].reasons == std::vector{KeepReason::NotYetCopied});
    CHECK_FALSE(plan.retention[0].verdicts[2].keep());

    // A build that cannot open the store does not keep points back for it.
    const Plan without = plan_at(policy, world, "2026-11-23T12:00:00Z", {.can_run = {}, .store_schemes = {{"file"}}, .database = {}, .environment = {}});
    CHECK(without.copies.empty());
    CHECK_FALSE(without.retention[0].verdicts[1].keep());
    CHECK(without.notes == Texts{"the store offsite cannot be opened by this build: no backups or copies go there for orders"});
}

TEST_CASE("what this build cannot run is left out and named", "[plan]") {
    Policy policy = policy_with({cron_rule(kFull, "0 2 * * *"), every_rule(BackupKind::Log, "3m")});
    add_database(policy, "notes");
    policy.databases[1].engine = EngineKind::Postgres;
    const PlanOptions options{.can_run = {{{EngineKind::Sqlite, kFull}}}, .store_schemes = {}, .database = {}, .environment = {}};
    const Plan plan = plan_at(policy, World{}, "2026-11-24T02:00:00Z", options);
    CHECK(shown(plan) == Texts{"full 2026-11-24T02:00:00Z first-backup"});
    CHECK(plan.notes == Texts{"log backups of sqlite are not in this build: left out for orders", "full backups of postgres are not in this build: left out for notes",
                              "log backups of postgres are not in this build: left out for notes"});
    REQUIRE(plan.upcoming.size() == 1);
}

TEST_CASE("logs wait for the first full", "[plan]") {
    const Policy policy = policy_with({cron_rule(kFull, "0 2 * * *"), every_rule(BackupKind::Log, "3m", "1m")});
    CHECK(shown(plan_at(policy, World{}, "2026-11-24T02:00:00Z")) == Texts{"full 2026-11-24T02:00:00Z first-backup"});
    World world;
    world.points = {slot_point("p1", "2026-11-24T02:00:00Z")};
    CHECK(shown(plan_at(policy, world, "2026-11-24T02:03:10Z")) == Texts{"log 2026-11-24T02:03:00Z due"});
}

TEST_CASE("a continuous log has no slots", "[plan]") {
    const Policy policy = policy_with({cron_rule(kFull, "0 2 * * *"), {.kind = BackupKind::Log, .when = ContinuousSpec{}, .start_within = {}, .finish_within = {}}});
    World world;
    world.points = {slot_point("p1", "2026-11-24T02:00:00Z")};
    const Plan plan = plan_at(policy, world, "2026-11-24T12:00:00Z");
    CHECK(plan.jobs.empty());
    CHECK(plan.upcoming.size() == 1);
}

TEST_CASE("the soonest upcoming slot comes first", "[plan]") {
    const Plan plan = plan_at(weekly(), healthy(), "2026-11-23T12:00:00Z");
    REQUIRE(plan.upcoming.size() == 2);
    CHECK(to_text(plan.upcoming[0]) == "orders/incremental/2026-11-24T02:00:00Z");
    CHECK(to_text(plan.upcoming[1]) == "orders/full/2026-11-29T02:00:00Z");
}

TEST_CASE("jobs without any backup yet come first, then those whose time runs out", "[plan]") {
    Policy policy = policy_with({cron_rule(kFull, "0 2 * * *", "1h")});
    policy.policies.push_back({.name = PolicyName("soon"), .backups = {cron_rule(kFull, "30 1 * * *", "40m")}, .retention = {}, .verify = {}});
    add_database(policy, "notes");
    add_database(policy, "fresh");
    policy.databases[1].policy = PolicyName("soon");
    World world;
    world.points = {slot_point("p1", "2026-11-23T02:00:00Z"), slot_point("p2", "2026-11-23T01:30:00Z")};
    world.points[1].database = DatabaseName("notes");
    Texts order;
    for (const Job& job : plan_at(policy, world, "2026-11-24T02:00:00Z").jobs) order.push_back(job.slot.database.str());
    CHECK(order == Texts{"fresh", "notes", "orders"});
}

TEST_CASE("a plan may be about one database or one environment", "[plan]") {
    Policy policy = weekly();
    add_database(policy, "notes");
    PlanOptions options;
    options.database = DatabaseName("notes");
    CHECK(plan_at(policy, World{}, "2026-11-24T02:00:00Z", options).jobs.size() == 1);
    options.database.reset();
    options.environment = EnvironmentName("dev");
    CHECK(plan_at(policy, World{}, "2026-11-24T02:00:00Z", options).jobs.empty());
    options.environment = EnvironmentName("prod");
    CHECK(plan_at(policy, World{}, "2026-11-24T02:00:00Z", options).jobs.size() == 2);
}

TEST_CASE("points of a database that the policy does not name are left alone", "[plan]") {
    World world = healthy();
    world.points.push_back(point_at("x1", "2020-01-01T00:00:00Z"));
    world.points.back().database = DatabaseName("gone");
    const Plan plan = plan_at(weekly(), world, "2026-11-23T12:00:00Z");
    CHECK(plan.retention.size() == 1);
    CHECK(plan.notes == Texts{"recovery points of databases that the policy does not name are left alone: gone"});
}

TEST_CASE("a job is estimated from what earlier ones took", "[plan]") {
    World world = healthy();
    world.points[0].stored_bytes = 12'000'000;
    world.points[1].stored_bytes = 900'000'000;
    const Plan plan = plan_at(weekly(), world, "2026-11-24T02:00:00Z");
    CHECK(plan.jobs.at(0).estimated_bytes == 12'000'000);
    CHECK(plan.jobs[0].estimated_time == std::chrono::minutes(2));
}

TEST_CASE("a plan changes its fingerprint with the world and its time alone changes nothing", "[plan]") {
    const Plan one = plan_at(weekly(), healthy(), "2026-11-24T02:00:00Z"), two = plan_at(weekly(), healthy(), "2026-11-24T03:00:00Z");
    CHECK(one.world == two.world);
    CHECK(one.world == world_hash(weekly(), healthy()));
    CHECK(plan_at(weekly(), healthy(), "2026-11-24T02:00:00Z") == one);
}

TEST_CASE("slots on the night of a clock change are run once", "[plan][dst]") {
    Policy policy = policy_with({cron_rule(kFull, "30 2 * * *")});
    policy.timezone = "Europe/Berlin";
    World world;
    world.points = {slot_point("p1", "2026-10-24T00:30:00Z")};
    CHECK(shown(plan_at(policy, world, "2026-10-25T00:30:00Z")) == Texts{"full 2026-10-25T00:30:00Z due"});
    world.points.push_back(slot_point("p2", "2026-10-25T00:30:00Z"));
    CHECK(shown(plan_at(policy, world, "2026-10-25T01:30:00Z")).empty());
    CHECK(shown(plan_at(policy, world, "2026-10-25T23:00:00Z")).empty());
}

TEST_CASE("every reason for a job has a sentence", "[plan]") {
    for (int i = 0; i <= static_cast<int>(JobReason::ByRunbook); ++i) CHECK_FALSE(explain(static_cast<JobReason>(i)).empty());
}

}  // namespace holdfast
