#include "engine/operations/restore_database.hpp"

#include "engine/base/format.hpp"
#include "engine/recovery/find_target.hpp"

namespace holdfast {
namespace {

RecoveryTarget wanted_state(const Workplace& workplace, const RestoreAsked& asked) {
    if (asked.wal) return find_wal_target(workplace.installation(), asked.database, *asked.wal);
    if (!asked.point) return find_target(workplace.installation(), asked.database, asked.before);
    RecoveryPoint point = workplace.catalog().point_by_prefix(*asked.point);
    if (point.database == asked.database) return {.point = point, .log = std::nullopt, .instant = point.instant};
    throw Error(ErrorCode::Usage, fmt::format("{} is a point of {}, not of {}", point.id.str(), point.database.str(), asked.database.str()),
                fmt::format("See: runbook catalog list --database {}", asked.database.str()));
}

// Said before anybody is asked; engine/recovery refuses it again.
void refuse_live_database(const Policy& policy, const fs::path& to) {
    for (const DatabaseSpec& database : policy.databases) {
        std::error_code missing;
        if (database.path.empty() || (database.path != to.string() && !fs::equivalent(database.path, to, missing))) continue;
        throw Error(ErrorCode::NotPermitted, fmt::format("{} is the live database {}", to.string(), database.name.str()),
                    "Restore to another path and look at it. To bring rows back: runbook run accidental-deletion --help");
    }
}

std::string start_server(const Workplace& workplace, const RestoreAsked& asked, const RestoreResult& restored, Progress& progress, const CancelToken& cancel) {
    const Installation& installation = workplace.installation();
    const CopyOpening opening{.copy = restored.copy, .live = live_place_of(installation.database(asked.database)), .room = fs::weakly_canonical(installation.state),
                              .writable = false, .port = asked.port, .promote = asked.promote};
    return installation.providers.of(restored.copy.engine).open_copy(opening, {installation.clock, progress, cancel});
}

}  // namespace

RestorePlan plan_restore(const Workplace& workplace, const RestoreAsked& asked) {
    workplace.installation().database(asked.database);
    refuse_live_database(workplace.policy(), asked.to);
    RestorePlan plan{wanted_state(workplace, asked), asked.to, false};
    if (asked.port) {
        if (plan.target.point.kind != BackupKind::Full && plan.target.point.kind != BackupKind::Incremental) {
            throw Error(ErrorCode::Usage, fmt::format("a {} point has nothing that a server could be started over", name_of(plan.target.point.kind)), "Leave out --port.");
        }
        workplace.installation().providers.of(plan.target.point.engine).require_free_port(*asked.port);
    }
    std::error_code missing;
    plan.over_existing = fs::exists(asked.to, missing);
    if (plan.over_existing && !asked.delta) {
        throw Error(ErrorCode::AlreadyExists, fmt::format("{} is there already", asked.to.string()),
                    "Restore to another path, or add --delta to turn what is there into the recovery point.");
    }
    return plan;
}

RestoreResult restore_database(const Workplace& workplace, const RestoreAsked& asked, const RestorePlan& plan, Progress& progress,
                               const CancelToken& cancel) {
    const RestoreRequest request{.point = plan.target.point,
                                 .to = plan.to.string(),
                                 .delta = asked.delta && plan.over_existing,
                                 .store = std::nullopt,
                                 .log = plan.target.log};
    RestoreResult result = restore_point(workplace.installation(), request, progress, cancel);
    if (asked.port) result.next = {start_server(workplace, asked, result, progress, cancel)};
    workplace.catalog().audit("restore", asked.database.str(), fmt::format("{}{} to {}", plan.target.point.id.str(), plan.target.log ? " and the log up to " + to_text(*plan.target.log) : "", plan.to.string()));
    return result;
}

}  // namespace holdfast
