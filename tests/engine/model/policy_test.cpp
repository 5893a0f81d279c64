#include "engine/model/policy.hpp"

#include <catch2/catch.hpp>

#include "engine/model/finding.hpp"
#include "engine/model/job_record.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/recovery_point.hpp"

namespace holdfast {
namespace {

TEST_CASE("rows of a policy are found by name", "[model][policy]") {
    Policy policy;
    policy.stores.push_back({StoreName("local"), "file:///srv", "", std::nullopt});
    policy.databases.emplace_back();
    policy.databases.back().name = DatabaseName("notes");
    REQUIRE(policy.store(StoreName("local")) != nullptr);
    CHECK(policy.store(StoreName("local"))->url == "file:///srv");
    CHECK(policy.store(StoreName("offsite")) == nullptr);
    CHECK(policy.database(DatabaseName("notes")) == policy.databases.data());
    CHECK(policy.environment(EnvironmentName("prod")) == nullptr);
    CHECK(policy.policy(PolicyName("chain")) == nullptr);
}

TEST_CASE("each word of the language is read back as what it names", "[model][policy]") {
    for (const BackupKind kind : {BackupKind::Full, BackupKind::Incremental, BackupKind::Log, BackupKind::Logical}) CHECK(parse_backup_kind(name_of(kind)) == kind);
    for (const EngineKind kind : {EngineKind::Sqlite, EngineKind::Postgres, EngineKind::SqlServer}) CHECK(parse_engine_kind(name_of(kind)) == kind);
    CHECK_FALSE(parse_backup_kind("Full"));
    CHECK_FALSE(parse_engine_kind(""));
}

TEST_CASE("every enumeration has a name to its end", "[model][names]") {
    CHECK(name_of(CompressionKind::Zstd) == "zstd");
    CHECK(name_of(VerifyDepth::Restore) == "restore");
    CHECK(name_of(Role::Auditor) == "auditor");
    CHECK(name_of(LockMode::Compliance) == "compliance");
    CHECK(name_of(Severity::Note) == "note");
    CHECK(name_of(JobState::Missed) == "missed");
    CHECK(name_of(JobReason::ByRunbook) == "by-runbook");
    CHECK(name_of(KeepReason::ClockMovedBack) == "clock-moved-back");
    CHECK(name_of(Soundness::Damaged) == "damaged");
}

TEST_CASE("a retention rule is empty when only a number of points is asked for", "[model][policy]") {
    RetentionRule rule;
    rule.at_least = 3;
    CHECK(rule.empty());
    rule.weekly = parse_period("3mo");
    CHECK_FALSE(rule.empty());
}

TEST_CASE("a plan that only keeps changes nothing", "[model][plan]") {
    Plan plan;
    plan.retention.push_back({DatabaseName("notes"), {{PointId("a"), {KeepReason::Daily}}}});
    CHECK_FALSE(plan.has_changes());
    plan.retention.front().verdicts.push_back({PointId("b"), {}});
    CHECK(plan.has_changes());
}

}  // namespace
}  // namespace holdfast
