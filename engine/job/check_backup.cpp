#include "engine/job/check_backup.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/record_work.hpp"
#include "engine/recovery/restore.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

struct CheckResult {
    bool sound = false;
    std::string detail;
};

// Whether the database was whole when it was backed up.
CheckResult look_at_source(Repository& repository, const RecoveryPoint& point) {
    const PointManifest manifest = repository.point(point.database, point.id);
    const auto damage = manifest.facts.find(kSourceDamageFact);
    return damage == manifest.facts.end() ? CheckResult{.sound = true, .detail = {}} : CheckResult{.sound = false, .detail = damage->second};
}

CheckResult read_back(const Installation& installation, const RecoveryPoint& point, const StoreName& store, Progress& progress, CancelToken cancel) {
    const Duration began = installation.clock.steady();
    const VerifyReport report = installation.repositories.of(store).verify_added(point.id, progress, cancel);
    record_work(installation, {WorkKind::Verify, point.database, point.engine, store, report.bytes}, began);
    if (report.ok()) return {.sound = true, .detail = fmt::format("{} in {} read back", format_bytes(report.bytes), counted(report.packs, "pack"))};
    const Damage& first = report.damage.front();
    return {.sound = false, .detail = fmt::format("{} of {}: {}", counted(report.damage.size(), "damaged range"), first.object, first.what)};
}

// Restores into state/verify, asks the engine, and leaves nothing behind.
CheckResult restore_and_check(const Installation& installation, const RecoveryPoint& point, const StoreName& store, Progress& progress,
                              CancelToken cancel) {
    const fs::path folder = path_inside(installation.state / "verify", point.id.str());
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    make_private_folders(folder);
    const RestoreResult restored = restore_point(
        installation, {.point = point, .to = (folder / "copy").string(), .delta = false, .store = store, .over_live = false}, progress, cancel);
    Provider& provider = installation.providers.of(point.engine);
    const Duration began = installation.clock.steady();
    const IntegrityReport report = provider.check_integrity(restored.copy, {.clock = installation.clock, .progress = progress, .cancel = cancel});
    record_work(installation, {WorkKind::Check, point.database, point.engine, store, restored.bytes}, began);
    provider.drop_copy(restored.copy);
    fs::remove_all(folder, ignored);
    if (report.sound()) return {.sound = true, .detail = "restored; " + join(report.checks, " and ") + " passed"};
    const IntegrityProblem& first = report.problems.front();
    return {.sound = false, .detail = fmt::format("the restored copy has {}, the first: {}: {}",
                                                  counted(report.problem_count, "integrity problem"), first.where, first.what)};
}

std::string integrity_key(const DatabaseName& database) { return "integrity " + database.str(); }

VerifyDepth depth_due(const Installation& installation, const DatabaseName& database) {
    const VerifyRule& rule = installation.policy_of(installation.database(database)).verify;
    if (rule.after_backup == VerifyDepth::Restore || !rule.integrity_every) return rule.after_backup;
    const auto last = installation.catalog.last_done(integrity_key(database));
    const TimeZone zone = TimeZone::find(installation.policy.timezone).value_or(TimeZone::utc());
    const bool due = !last || after_by(*last, *rule.integrity_every, zone) <= installation.clock.now();
    return due ? VerifyDepth::Restore : rule.after_backup;
}

}  // namespace

void check_backup(const Installation& installation, const RecoveryPoint& point, const StoreName& store, Progress& progress,
                  CancelToken cancel) {
    const VerifyDepth depth = depth_due(installation, point.database);
    Repository& repository = installation.repositories.of(store);
    CheckResult result = look_at_source(repository, point);
    if (depth == VerifyDepth::None && result.sound) return;
    progress.begin(fmt::format("checking {}", point.database.str()), 0);
    if (result.sound) result = read_back(installation, point, store, progress, cancel);
    // Evidence need not open; its bytes are all there is to check.
    if (result.sound && depth == VerifyDepth::Restore && point.kind != BackupKind::Raw) {
        result = restore_and_check(installation, point, store, progress, cancel);
        installation.catalog.set_last_done(integrity_key(point.database), installation.clock.now());
    }
    progress.end();
    fault_point("job.check.before");
    installation.catalog.record_verification({.point = point.id, .store = store, .at = installation.clock.now(), .sound = result.sound,
                                              .depth = std::string(name_of(depth)), .detail = result.detail,
                                              .digest = digest_of_point(installation, store, point.database, point.id)});
    fault_point("job.check.after");
    if (result.sound) return;
    throw Error(ErrorCode::Corrupt, fmt::format("backup {} of {} did not pass its check: {}", point.id.str(), point.database.str(), result.detail),
                "It is recorded as damaged, and earlier points are kept. Look at the disk of the store and at the database itself.");
}

}  // namespace holdfast
