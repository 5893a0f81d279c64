// The policy of tests for proofs and checks: two stores at two sites, one SQLite database in production.
#pragma once

#include <algorithm>

#include "engine/compliance/rpo.hpp"

namespace holdfast {

inline Instant utc(std::string_view text) { return parse_rfc3339(text).value(); }
inline Duration span(std::string_view text) { return parse_duration(text).value(); }

inline BackupRule cron(BackupKind kind, std::string line, std::string_view start_within, std::string_view finish_within) {
    return {.kind = kind, .when = CronSpec{std::move(line)}, .start_within = parse_duration(start_within), .finish_within = parse_duration(finish_within)};
}
inline BackupRule every(BackupKind kind, std::string_view distance, std::string_view start_within, std::string_view finish_within) {
    return {.kind = kind, .when = EverySpec{span(distance)}, .start_within = parse_duration(start_within), .finish_within = parse_duration(finish_within)};
}

inline void add_database(Policy& policy, std::string name) {
    DatabaseSpec database;
    database.name = DatabaseName(std::move(name));
    database.environment = EnvironmentName("prod");
    database.policy = PolicyName("chain");
    database.path = "/srv/" + database.name.str() + ".db";
    database.owner = "team-orders";
    policy.databases.push_back(std::move(database));
}

inline Policy sample_policy(std::vector<BackupRule> rules, std::string_view rpo, std::string zone = "Europe/Berlin") {
    Policy policy;
    policy.timezone = std::move(zone);
    policy.stores = {{.name = StoreName("local"), .url = "file:///srv/backups", .site = "berlin", .lock = {}},
                     {.name = StoreName("offsite"), .url = "s3://backups", .site = "frankfurt", .lock = {}}};
    EnvironmentSpec environment;
    environment.name = EnvironmentName("prod");
    environment.copies = {StoreName("local"), StoreName("offsite")};
    if (!rpo.empty()) environment.rpo = span(rpo);
    policy.environments = {environment};
    policy.policies = {{.name = PolicyName("chain"), .backups = std::move(rules), .retention = {}, .verify = {.after_backup = VerifyDepth::Restore, .integrity_every = {}}}};
    add_database(policy, "orders");
    return policy;
}

inline const Instant kProofDay = utc("2026-11-24T12:00:00Z");

inline std::vector<RpoProof> proofs_of(const Policy& policy, const RpoRequest& request = {}) {
    SlotLists slots(TimeZone::require(policy.timezone), kProofDay);
    return prove_rpo(policy, slots, request);
}
inline RpoProof proof_of(const Policy& policy, Disaster disaster = Disaster::AccidentalDeletion, int missed = 0) {
    for (RpoProof& proof : proofs_of(policy, {.databases = {}, .missed = missed})) {
        if (proof.disaster == disaster) return proof;
    }
    return {};
}

}  // namespace holdfast
