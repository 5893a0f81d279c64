// `comply check`: what really is, against the policy.
#pragma once

#include "engine/compliance/framework.hpp"
#include "engine/operations/policy_at_commit.hpp"

namespace holdfast {

struct ComplyAsked {
    std::optional<Instant> as_of = {};          // A past time: the record as it was then, and the same answer ever after.
    std::optional<std::string> frame = {};      // Only what this framework asks for.
    std::optional<DatabaseName> database = {};
    std::optional<EnvironmentName> environment = {};
};

struct WaivedFinding {
    Finding finding;
    Waiver waiver;
};
struct Compliance {
    Instant as_of;
    PolicyThen policy;                          // That it was judged by.
    std::size_t databases = 0;
    std::vector<Finding> findings;              // With the place in the policy's text.
    std::vector<WaivedFinding> waived;
    std::vector<JudgedCheck> checks;
    std::optional<Framework> framework;
    std::vector<JudgedControl> controls;        // Of the framework.
    std::size_t errors = 0, warnings = 0, notes = 0;
    int exit_status() const;                    // 1 with errors or warnings, 0 else.
};

// A past time is judged by the policy of then, as far as it is to be had (Compliance::policy says which one it was).
// Throws Error{Usage} with a suggestion for a framework, database or environment that is not there.
Compliance check_compliance(const Workplace& workplace, const LoadedPolicy& today, const ComplyAsked& asked);

}  // namespace holdfast
