#include "engine/operations/restore_database.hpp"

#include "engine/base/format.hpp"
#include "engine/recovery/find_point.hpp"

namespace holdfast {
namespace {

RecoveryPoint wanted_point(const Workplace& workplace, const RestoreAsked& asked) {
    if (!asked.point) return find_point(workplace.installation(), asked.database, asked.before);
    RecoveryPoint point = workplace.catalog().point_by_prefix(*asked.point);
    if (point.database == asked.database) return point;
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

}  // namespace

RestorePlan plan_restore(const Workplace& workplace, const RestoreAsked& asked) {
    workplace.installation().database(asked.database);
    refuse_live_database(workplace.policy(), asked.to);
    RestorePlan plan{wanted_point(workplace, asked), asked.to, false};
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
    RestoreRequest request{plan.point, plan.to.string(), asked.delta && plan.over_existing, std::nullopt};
    RestoreResult result = restore_point(workplace.installation(), request, progress, cancel);
    workplace.catalog().audit("restore", asked.database.str(), fmt::format("{} to {}", plan.point.id.str(), plan.to.string()));
    return result;
}

}  // namespace holdfast
