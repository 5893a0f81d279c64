// `policy check`: everything that is wrong with a policy, offline.
#pragma once

#include <vector>

#include "engine/model/finding.hpp"
#include "engine/operations/built.hpp"

namespace holdfast {

struct PolicyCheck {
    std::vector<Finding> findings;
    std::vector<fs::path> checked;    // Folders or files.
    std::size_t databases = 0;        // That the policy names.
    std::size_t errors = 0, warnings = 0, notes = 0;
    int exit_status() const;          // 65 with errors, 1 with warnings, 0 else.
};

// `paths`: policy folders, each judged for itself, or files, judged together as one policy.
PolicyCheck check_policy(const Built& built, const std::vector<fs::path>& paths);

}  // namespace holdfast
