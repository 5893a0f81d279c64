// Names that stand in files, in JSON and in policies: they do not change.
#include <catch2/catch.hpp>

#include "engine/model/finding.hpp"
#include "engine/model/job_record.hpp"
#include "engine/model/measurement.hpp"
#include "engine/model/recovery_point.hpp"
#include "engine/model/slot.hpp"

using namespace holdfast;

TEST_CASE("every member of an enumeration has its stable name", "[model]") {
    CHECK(name_of(Severity::Error) == "error");
    CHECK(name_of(Severity::Note) == "note");
    CHECK(name_of(JobState::Running) == "running");
    CHECK(name_of(JobState::Missed) == "missed");
    CHECK(name_of(Soundness::Unchecked) == "unchecked");
    CHECK(name_of(WorkKind::Backup) == "backup");
    CHECK(name_of(WorkKind::Check) == "check");
    CHECK(name_of(Soundness::Damaged) == "damaged");
    CHECK(name_of(BackupKind::Full) == "full");
    CHECK(name_of(BackupKind::Logical) == "logical");
    CHECK(name_of(EngineKind::SqlServer) == "sqlserver");
    CHECK(name_of(CompressionKind::Zstd) == "zstd");
    CHECK(name_of(VerifyDepth::Restore) == "restore");
    CHECK(name_of(Role::Auditor) == "auditor");
    CHECK(name_of(LockMode::Compliance) == "compliance");
    CHECK(name_of(JobReason::ByRunbook) == "by-runbook");
    CHECK(name_of(KeepReason::Pinned) == "pinned");
}

TEST_CASE("names are read back", "[model]") {
    for (const BackupKind kind : {BackupKind::Full, BackupKind::Incremental, BackupKind::Log, BackupKind::Logical}) {
        CHECK(parse_backup_kind(name_of(kind)) == kind);
    }
    for (const EngineKind kind : {EngineKind::Sqlite, EngineKind::Postgres, EngineKind::SqlServer}) {
        CHECK(parse_engine_kind(name_of(kind)) == kind);
    }
    CHECK_FALSE(parse_backup_kind("Full"));
    CHECK_FALSE(parse_engine_kind("mysql"));
}

TEST_CASE("a slot's text is its identity", "[model]") {
    const Slot slot{.database = DatabaseName("orders"), .kind = BackupKind::Full, .at = parse_rfc3339("2026-11-20T01:00:00Z").value()};
    CHECK(to_text(slot) == "orders/full/2026-11-20T01:00:00Z");
    Slot other = slot;
    other.kind = BackupKind::Incremental;
    CHECK(other != slot);
}
