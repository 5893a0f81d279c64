#include "engine/recovery/installation.hpp"

#include "engine/base/error.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// A policy that has passed its check has no dangling names; one that was put together by hand may.
template <typename Named>
const Named& require_named(const Named* found, std::string_view what, const std::string& name) {
    if (found != nullptr) return *found;
    throw Error(ErrorCode::BadPolicy, std::string(what) + " " + printable(name) + " is not in the policy",
                "`runbook policy check` shows where it is referred to.");
}

}  // namespace

const DatabaseSpec& Installation::database(const DatabaseName& name) const {
    if (const DatabaseSpec* found = policy.database(name)) return *found;
    std::vector<std::string> known;
    for (const DatabaseSpec& spec : policy.databases) known.push_back(spec.name.str());
    std::string hint = "The policy has: " + join(known, ", ") + ".";
    if (known.empty()) hint = "The policy has no databases yet; add one under `databases:`.";
    if (const auto meant = closest_match(name.str(), known)) hint = "Did you mean " + *meant + "?";
    throw Error(ErrorCode::Usage, "there is no database " + printable(name.str()) + " in the policy", hint);
}

const EnvironmentSpec& Installation::environment_of(const DatabaseSpec& spec) const {
    return require_named(policy.environment(spec.environment), "environment", spec.environment.str());
}

const BackupPolicy& Installation::policy_of(const DatabaseSpec& spec) const {
    return require_named(policy.policy(spec.policy), "policy", spec.policy.str());
}

}  // namespace holdfast
