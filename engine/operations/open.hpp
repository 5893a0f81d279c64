// Opens what a command works on: finds the policy folder, reads and judges it, makes the state folder,
// opens catalog and repositories. A policy with errors is refused here, before anything is used.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/model/finding.hpp"
#include "engine/operations/built.hpp"
#include "engine/plan/make_plan.hpp"
#include "engine/policy/load.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// A policy that does not hold, with everything that is wrong with it.
struct BadPolicyError : Error {
    explicit BadPolicyError(std::vector<Finding> all);
    std::vector<Finding> findings;
};

// Returns `given`, or policies/ in `here` or in the nearest folder above it. Throws Error{Missing} that says where
// it looked.
fs::path find_policy_folder(const std::optional<fs::path>& given, const fs::path& here);

// Where runbooks are looked for, first folder first: runbooks/ beside the policy folder, then those shipped.
std::vector<fs::path> runbook_folders(const Built& built, const fs::path& policy_folder);

// What this build can do, for judging policies and for planning.
LoadOptions load_options(const Built& built, const fs::path& policy_folder);
PlanOptions plan_options(const Built& built);

// Reads the folder and judges it.
LoadedPolicy read_policy(const Built& built, const fs::path& policy_folder);
// Throws BadPolicyError where it is not usable.
LoadedPolicy require_policy(const Built& built, const fs::path& policy_folder);

// One policy and all that belongs to it, open until this ends.
class Workplace {
public:
    // `from_store_alone`: as Installation says.
    Workplace(const Built& built, Policy policy, bool from_store_alone = false);
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    ~Workplace();

    const Installation& installation() const { return *installation_; }
    const Policy& policy() const { return policy_; }
    Catalog& catalog() const { return *catalog_; }
    const Built& built() const { return built_; }
    const std::vector<fs::path>& runbook_folders() const { return runbook_folders_; }

private:
    const Built& built_;
    Policy policy_;
    std::vector<fs::path> runbook_folders_;
    std::unique_ptr<Catalog> catalog_;
    std::unique_ptr<Repositories> repositories_;
    std::unique_ptr<Installation> installation_;
};

}  // namespace holdfast
