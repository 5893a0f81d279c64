#include "engine/policy/build.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"
#include "tests/support/golden.hpp"

namespace holdfast {
namespace {

LoadedPolicy load_acme() {
    const std::filesystem::path folder = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "policies/examples/acme";
    return load_policy_texts({{"acme.yaml", text_of_file(folder / "acme.yaml")}, {"waivers.yaml", text_of_file(folder / "waivers.yaml")}}, whole_build());
}

TEST_CASE("stores and protection are read", "[policy][build]") {
    const Policy policy = load_acme().policy;
    const StoreSpec* offsite = policy.store(StoreName("offsite"));
    REQUIRE(offsite != nullptr);
    CHECK(offsite->url == "s3://acme-backups/db?region=eu-central-1");
    CHECK(offsite->site == "frankfurt");
    REQUIRE(offsite->lock);
    CHECK(offsite->lock->mode == LockMode::Compliance);
    CHECK(to_text(offsite->lock->for_period) == "14d");
    CHECK(policy.encryption.enabled);
    CHECK(policy.encryption.key == SecretSource{SecretKind::Environment, "BACKUP_ENCRYPTION_KEY"});
    CHECK(to_text(*policy.encryption.rotate_every) == "90d");
    CHECK(policy.compression == CompressionSpec{CompressionKind::Zstd, std::nullopt});
}

TEST_CASE("environments and their floors are read", "[policy][build]") {
    const Policy policy = load_acme().policy;
    const EnvironmentSpec* prod = policy.environment(EnvironmentName("prod"));
    REQUIRE(prod != nullptr);
    CHECK(prod->rpo == std::chrono::minutes(15));
    CHECK(prod->rto == std::chrono::hours(1));
    CHECK(prod->copies == std::vector{StoreName("local"), StoreName("offsite")});
    CHECK(prod->floor.encrypted);
    CHECK(prod->floor.locked_copies == 1);
    CHECK(prod->floor.drill_max_age == parse_period("35d"));
    CHECK(prod->floor.approvals == 2);
    CHECK(prod->floor.survive_missed_runs == 1);
}

TEST_CASE("policies are read with what they inherit", "[policy][build]") {
    const Policy policy = load_acme().policy;
    const BackupPolicy* hourly = policy.policy(PolicyName("chain-hourly"));
    REQUIRE(hourly != nullptr);
    REQUIRE(hourly->backups.size() == 3);
    CHECK(hourly->backups[0] == BackupRule{BackupKind::Full, CronSpec{"0 2 * * Sun"}, std::chrono::minutes(30), std::chrono::hours(3)});
    CHECK(hourly->backups[1] == BackupRule{BackupKind::Incremental, CronSpec{"0 2 * * Mon-Sat"}, std::chrono::minutes(30), std::chrono::hours(1)});
    CHECK(hourly->backups[2] == BackupRule{BackupKind::Log, EverySpec{std::chrono::hours(1)}, std::chrono::minutes(5), std::chrono::minutes(10)});
    CHECK(hourly->retention == RetentionRule{parse_period("14d"), parse_period("30d"), parse_period("3mo"), parse_period("12mo"), 3});
    CHECK(hourly->verify == VerifyRule{VerifyDepth::Checksum, parse_period("7d")});
}

TEST_CASE("databases are read with their application", "[policy][build]") {
    const Policy policy = load_acme().policy;
    const DatabaseSpec* notes = policy.database(DatabaseName("notes-dev"));
    const DatabaseSpec* orders = policy.database(DatabaseName("orders-prod"));
    REQUIRE((notes != nullptr && orders != nullptr));
    CHECK(notes->engine == EngineKind::Sqlite);
    CHECK(notes->path == "/srv/notes/notes.db");
    CHECK(orders->engine == EngineKind::Postgres);
    CHECK(orders->connection == "service=orders-prod");
    CHECK(orders->owner == "team-orders");
    CHECK(orders->application.stop == std::vector<std::string>{"systemctl", "stop", "orders-api"});
    CHECK(orders->application.probe_sql == "select count(*) > 0 from orders");
}

TEST_CASE("drills and people and waivers are read", "[policy][build]") {
    const Policy policy = load_acme().policy;
    REQUIRE(policy.drills.size() == 1);
    const DrillSpec& weekly = policy.drills.front();
    CHECK(weekly.environment == EnvironmentName("prod"));
    CHECK(weekly.when == When(CronSpec{"0 5 * * Sat"}));
    CHECK(weekly.runbook == "total-failure");
    CHECK(weekly.random_within == parse_period("30d"));
    CHECK(weekly.finish_within_rto);
    CHECK(weekly.checks == std::vector<std::string>{"integrity", "row-counts"});
    CHECK(policy.notify.front().command.size() == 3);
    CHECK(policy.notify.front().on.size() == 3);
    CHECK(policy.people.front().roles == std::vector{Role::Operator, Role::Approver});
    CHECK(policy.waivers.front().database == DatabaseName("notes-dev"));
    CHECK(policy.waivers.front().until == std::chrono::sys_days(std::chrono::year(2027) / 1 / 31));
}

TEST_CASE("relative paths start at the parent of the policy folder", "[policy][build]") {
    PolicyParts parts;
    parts.stores = "stores: { local: { url: \"file:backups\" } }\n";
    parts.databases = "databases:\n  notes: { engine: sqlite, environment: main, policy: daily, path: ../notes.db }\n  far: { engine: postgres, environment: main, policy: daily, connection: \"file:dsn.txt\" }\n";
    parts.more = "state: run/state\nencryption: { key: \"file:key\" }\n";
    const Policy policy = load_parts(parts).policy;
    CHECK(policy.stores.front().url == "file:///srv/app/backups");
    CHECK(policy.databases.front().path == "/srv/notes.db");
    CHECK(policy.databases.back().connection == "file:/srv/app/dsn.txt");
    CHECK(policy.state == "/srv/app/run/state");
    CHECK(policy.encryption.key.value == "/srv/app/key");
}

TEST_CASE("what is not said has its default", "[policy][build]") {
    const Policy policy = load_parts({}).policy;
    CHECK(policy.timezone == "UTC");
    CHECK(policy.state == "/srv/app/.holdfast");
    CHECK(policy.folder == "/srv/app/policies");
    CHECK(policy.encryption.key == SecretSource{SecretKind::Environment, "BACKUP_ENCRYPTION_KEY"});
    CHECK(policy.compression.kind == CompressionKind::Zstd);
    CHECK(policy.policies.front().verify.after_backup == VerifyDepth::Checksum);
    CHECK(policy.environments.front().floor.approvals == 0);
}

TEST_CASE("a logical backup says what it holds, and everything where it does not", "[policy][build]") {
    PolicyParts parts;
    parts.policies = "policies:\n  daily:\n    backups:\n      logical: { cron: \"0 1 * * *\", databases: [orders], schemas: [sales, \"web_*\"], tables: [sales.items], schema_only: true }\n";
    const Policy policy = load_parts(parts).policy;
    const BackupRule& rule = policy.policies.front().backups.front();
    CHECK(rule.kind == BackupKind::Logical);
    CHECK(rule.dump == DumpSelection{.databases = {"orders"}, .schemas = {"sales", "web_*"}, .tables = {"sales.items"}, .schema_only = true});
    CHECK(DumpSelection{}.is_all());
    parts.policies = "policies:\n  daily:\n    backups:\n      logical: { cron: \"0 1 * * *\", databases: orders }\n";
    CHECK_FALSE(load_parts(parts).usable());
    parts.policies = "policies:\n  daily:\n    backups:\n      full: { cron: \"0 1 * * *\", databases: [orders] }\n";
    CHECK_FALSE(load_parts(parts).usable());
}

TEST_CASE("encryption can be turned off", "[policy][build]") {
    PolicyParts parts;
    parts.more = "encryption: none\ncompression: none\n";
    const LoadedPolicy loaded = load_parts(parts);
    CHECK(loaded.usable());
    CHECK_FALSE(loaded.policy.encryption.enabled);
    CHECK(loaded.policy.compression.kind == CompressionKind::None);
}

}  // namespace
}  // namespace holdfast
