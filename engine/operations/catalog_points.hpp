// `catalog list`, `show`, `pin`, `unpin`, `verify` and `rebuild`: what can be restored, and whether it is sound.
#pragma once

#include "engine/job/rebuild_catalog.hpp"
#include "engine/job/verify_points.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

struct PointFilter {
    std::optional<DatabaseName> database;
    std::optional<EnvironmentName> environment;
    std::optional<std::string> policy_commit = {};   // The beginning of a commit, or "none": made outside git.
    bool old_rules = false;                          // Only those made under a policy that says something else than today's.
};
// Newest first. Throws Error{Usage} for a commit that is none.
std::vector<RecoveryPoint> list_points(const Workplace& workplace, const PointFilter& filter);

// Those that no store has any more, newest first. Throws Error{Usage} for a database that is not in the policy.
std::vector<GonePoint> list_gone_points(const Workplace& workplace, const std::optional<DatabaseName>& database);

struct PointDetails {
    RecoveryPoint point;
    std::vector<Verification> verifications;   // Newest first.
    RetentionVerdict verdict;                  // What retention says of it now …
    std::string verdict_text;                  // … in a sentence.
};
// `prefix`: the beginning of an id that fits one point.
PointDetails show_point(const Workplace& workplace, const std::string& prefix);

// Keeps the point whatever retention says: until `keep` from now is over, or for ever.
RecoveryPoint pin_point(const Workplace& workplace, const std::string& prefix, const std::optional<Period>& keep);
RecoveryPoint unpin_point(const Workplace& workplace, const std::string& prefix);

struct VerifyAsked {
    std::optional<std::string> point;       // A prefix.
    std::optional<DatabaseName> database;
    double sample = 1.0;
};
VerifyOutcome verify_catalog(const Workplace& workplace, const VerifyAsked& asked, Progress& progress, const CancelToken& cancel);

RebuildReport rebuild(const Workplace& workplace, const std::set<StoreName>& lost, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
