#include "engine/operations/catalog_points.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/pins.hpp"
#include "engine/operations/plan_ahead.hpp"
#include "engine/plan/retention.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kOutsideGit = "none";

void require_commit(const std::string& text) {
    const bool hex = text.size() >= 4 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (hex || text == kOutsideGit) return;
    throw Error(ErrorCode::Usage, fmt::format("--policy-commit: {} is no commit", printable(text, 60)), "Give four or more of its hexadecimal digits, or none for points that were made outside git.");
}

bool has_provenance(const RecoveryPoint& point, const std::string& todays_hash, const PointFilter& filter) {
    const Provenance& from = point.provenance;
    if (filter.old_rules && from.policy_hash == todays_hash) return false;
    if (!filter.policy_commit) return true;
    return *filter.policy_commit == kOutsideGit ? from.policy_commit.empty() : from.policy_commit.starts_with(*filter.policy_commit);
}

bool passes(const RecoveryPoint& point, const Policy& policy, const PointFilter& filter) {
    if (!filter.environment) return true;
    const DatabaseSpec* database = policy.database(point.database);
    return database != nullptr && database->environment == *filter.environment;
}

}  // namespace

std::vector<RecoveryPoint> list_points(const Workplace& workplace, const PointFilter& filter) {
    if (filter.database) workplace.installation().database(*filter.database);
    if (filter.environment) require_environment(workplace.policy(), *filter.environment);
    if (filter.policy_commit) require_commit(*filter.policy_commit);
    std::vector<RecoveryPoint> points = workplace.catalog().points(filter.database);
    const std::string& hash = workplace.installation().provenance.policy_hash;
    std::erase_if(points, [&](const RecoveryPoint& point) { return !passes(point, workplace.policy(), filter) || !has_provenance(point, hash, filter); });
    return points;
}

std::vector<GonePoint> list_gone_points(const Workplace& workplace, const std::optional<DatabaseName>& database) {
    if (database) workplace.installation().database(*database);
    return workplace.catalog().gone_points(database);
}

PointDetails show_point(const Workplace& workplace, const std::string& prefix) {
    PointDetails details;
    details.point = workplace.catalog().point_by_prefix(prefix);
    details.verifications = workplace.catalog().verifications(details.point.id);
    const DatabaseSpec* database = workplace.policy().database(details.point.database);
    const BackupPolicy* rules = database == nullptr ? nullptr : workplace.policy().policy(database->policy);
    if (rules == nullptr) {
        details.verdict_text = "the policy no longer names this database: its points are never expired";
        return details;
    }
    const EnvironmentSpec* environment = workplace.policy().environment(database->environment);
    RetentionContext context;
    if (environment != nullptr) context.copies = environment->copies;
    const auto points = workplace.catalog().points(details.point.database);
    for (const RetentionVerdict& verdict : decide_retention(rules->retention, TimeZone::require(workplace.policy().timezone),
                                                            points, workplace.built().clock.now(), context)) {
        if (verdict.point == details.point.id) details.verdict = verdict;
    }
    details.verdict_text = explain(details.verdict, rules->retention);
    return details;
}

RecoveryPoint pin_point(const Workplace& workplace, const std::string& prefix, const std::optional<Period>& keep) {
    Catalog& catalog = workplace.catalog();
    const PointId id = catalog.point_by_prefix(prefix).id;
    std::optional<Instant> until;
    if (keep) until = after_by(workplace.built().clock.now(), *keep, TimeZone::require(workplace.policy().timezone));
    const auto untold = pin_point(workplace.installation(), id, until, until ? fmt::format("until {}", to_rfc3339(*until)) : "for ever");
    if (!untold.empty()) {
        throw Error(ErrorCode::Unavailable, fmt::format("{} is pinned on this machine, but not in its stores: {}", id.str(), join(untold, "; ")),
                    "Pin it again when they are there: until then the pin would be lost with this machine's catalog.");
    }
    return catalog.point_by_prefix(id.str());
}

RecoveryPoint unpin_point(const Workplace& workplace, const std::string& prefix) {
    Catalog& catalog = workplace.catalog();
    const PointId id = catalog.point_by_prefix(prefix).id;
    unpin_point(workplace.installation(), id);
    return catalog.point_by_prefix(id.str());
}

VerifyOutcome verify_catalog(const Workplace& workplace, const VerifyAsked& asked, Progress& progress, const CancelToken& cancel) {
    VerifyRequest request;
    request.sample = asked.sample;
    if (asked.point) request.points = {workplace.catalog().point_by_prefix(*asked.point).id};
    if (asked.database) {
        for (const RecoveryPoint& point : list_points(workplace, {asked.database, std::nullopt})) request.points.push_back(point.id);
        if (request.points.empty()) {
            throw Error(ErrorCode::CannotRecover, fmt::format("{} has no recovery point yet", asked.database->str()),
                        fmt::format("Take a backup: runbook backup now {}", asked.database->str()));
        }
    }
    return verify_points(workplace.installation(), request, progress, cancel);
}

RebuildReport rebuild(const Workplace& workplace, const std::set<StoreName>& lost, Progress& progress, const CancelToken& cancel) {
    return rebuild_catalog(workplace.installation(), lost, progress, cancel);
}

}  // namespace holdfast
