#include "engine/operations/expire.hpp"

#include <map>

#include "engine/operations/plan_ahead.hpp"
#include "engine/plan/retention.hpp"

namespace holdfast {

ExpirePlan plan_expiry(const Workplace& workplace, const std::optional<DatabaseName>& database,
                       const std::optional<EnvironmentName>& environment) {
    ExpirePlan expiry;
    expiry.retention = plan_ahead(workplace, {std::nullopt, database, environment}).retention;
    std::map<PointId, RecoveryPoint> points;
    for (RecoveryPoint& point : workplace.catalog().points(std::nullopt)) points.emplace(point.id, point);
    for (const DatabaseRetention& retention : expiry.retention) {
        const RetentionRule& rule = workplace.installation().policy_of(workplace.installation().database(retention.database)).retention;
        for (const RetentionVerdict& verdict : retention.verdicts) {
            const auto found = points.find(verdict.point);
            if (found == points.end()) continue;
            expiry.entries.push_back({found->second, verdict, explain(verdict, rule)});
            if (!verdict.keep()) ++expiry.to_expire;
        }
    }
    return expiry;
}

ExpireOutcome expire(const Workplace& workplace, const ExpirePlan& plan, Progress& progress, const CancelToken& cancel) {
    return expire_points(workplace.installation(), plan.retention, progress, cancel);
}

}  // namespace holdfast
