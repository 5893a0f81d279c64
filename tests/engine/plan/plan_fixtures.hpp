// Small policies, points and jobs for the tests of plans.
#pragma once

#include "engine/plan/make_plan.hpp"

namespace holdfast {

inline Instant utc(std::string_view text) { return parse_rfc3339(text).value(); }

inline BackupRule cron_rule(BackupKind kind, std::string line, std::string_view start_within = "", std::string_view finish_within = "") {
    return {.kind = kind, .when = CronSpec{std::move(line)}, .start_within = parse_duration(start_within), .finish_within = parse_duration(finish_within)};
}
inline BackupRule every_rule(BackupKind kind, std::string_view every, std::string_view start_within = "") {
    return {.kind = kind, .when = EverySpec{parse_duration(every).value()}, .start_within = parse_duration(start_within), .finish_within = std::nullopt};
}

inline void add_database(Policy& policy, std::string name) {
    DatabaseSpec database;
    database.name = DatabaseName(std::move(name));
    database.environment = EnvironmentName("prod");
    database.policy = PolicyName("nightly");
    policy.databases.push_back(std::move(database));
}

// One SQLite database "orders" in UTC, written to "local", with these rules.
inline Policy policy_with(std::vector<BackupRule> rules, RetentionRule retention = {}) {
    Policy policy;
    policy.stores = {{.name = StoreName("local"), .url = "file:///srv/backups", .site = {}, .lock = {}},
                     {.name = StoreName("offsite"), .url = "s3://backups", .site = {}, .lock = {}}};
    EnvironmentSpec environment;
    environment.name = EnvironmentName("prod");
    environment.copies = {StoreName("local")};
    policy.environments = {environment};
    policy.policies = {{.name = PolicyName("nightly"), .backups = std::move(rules), .retention = retention, .verify = {}}};
    add_database(policy, "orders");
    return policy;
}

inline RecoveryPoint point_at(std::string id, std::string_view at, BackupKind kind = BackupKind::Full) {
    RecoveryPoint point;
    point.id = PointId(std::move(id));
    point.database = DatabaseName("orders");
    point.kind = kind;
    point.started = point.instant = utc(at);
    point.finished = point.started + std::chrono::minutes(2);
    point.copies = {StoreName("local")};
    return point;
}

// A point made for a slot, at the slot's instant.
inline RecoveryPoint slot_point(std::string id, std::string_view at, BackupKind kind = BackupKind::Full) {
    RecoveryPoint point = point_at(std::move(id), at, kind);
    point.provenance.slot = point.instant;
    return point;
}

inline JobRecord job_record(BackupKind kind, std::string_view slot, JobState state) {
    JobRecord job;
    job.slot = {.database = DatabaseName("orders"), .kind = kind, .at = utc(slot)};
    job.run_as = kind;
    job.state = state;
    job.started = job.slot.at + std::chrono::seconds(1);
    if (state != JobState::Running) job.finished = job.started + std::chrono::minutes(2);
    return job;
}

}  // namespace holdfast
