// `policy diff`: what a change means, read from git on both sides.
#pragma once

#include "engine/compliance/policy_diff.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

struct PolicyDiff {
    std::string before, after;               // Commits; `after` is empty where it is the folder as it is.
    std::vector<PolicyChange> changes;
    std::vector<Deletable> deletable;        // Of the points in the catalog, where there is one.
    std::string not_counted;                 // Why points were not counted; empty: they were.
    std::size_t weaker() const;
    int exit_status() const;                 // 1 where something becomes weaker or deletable, 0 else.
};

// `range`: "REV..REV", or "REV" for the folder as it is against it. Throws Error{Usage} for a revision that is none, BadPolicyError
// where one side is not sound.
PolicyDiff diff_policy(const Built& built, const fs::path& policy_folder, const std::string& range, Instant now);

// For a merge request.
std::string to_markdown(const PolicyDiff& diff);

}  // namespace holdfast
