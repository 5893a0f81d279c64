#include "engine/operations/plan_ahead.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/world.hpp"
#include "engine/plan/retention.hpp"

namespace holdfast {
namespace {

PlanOptions options_of(const Workplace& workplace, const PlanRequest& request) {
    PlanOptions options = plan_options(workplace.built());
    if (request.database) {
        workplace.installation().database(*request.database);
        options.database = request.database;
    }
    if (request.environment) {
        require_environment(workplace.policy(), *request.environment);
        options.environment = request.environment;
    }
    return options;
}

Instant time_of(const Workplace& workplace, const PlanRequest& request) {
    return request.as_of.value_or(workplace.built().clock.now());
}

[[noreturn]] void refuse_name(std::string_view what, const std::string& name, const std::vector<std::string>& known) {
    const auto meant = closest_match(name, known);
    throw Error(ErrorCode::Usage, fmt::format("the policy has no {} {}", what, printable(name, 60)),
                meant ? fmt::format("Did you mean {}?", *meant) : fmt::format("It has: {}.", join(known, ", ")));
}

}  // namespace

void require_environment(const Policy& policy, const EnvironmentName& name) {
    if (policy.environment(name) != nullptr) return;
    std::vector<std::string> known;
    for (const EnvironmentSpec& environment : policy.environments) known.push_back(environment.name.str());
    refuse_name("environment", name.str(), known);
}

void require_database(const Policy& policy, const DatabaseName& name) {
    if (policy.database(name) != nullptr) return;
    std::vector<std::string> known;
    for (const DatabaseSpec& database : policy.databases) known.push_back(database.name.str());
    refuse_name("database", name.str(), known);
}

std::string why_kept(const Policy& policy, const DatabaseName& database, const RetentionVerdict& verdict) {
    const DatabaseSpec* spec = policy.database(database);
    const BackupPolicy* rules = spec == nullptr ? nullptr : policy.policy(spec->policy);
    return explain(verdict, rules == nullptr ? RetentionRule{} : rules->retention);
}

Plan plan_ahead(const Workplace& workplace, const PlanRequest& request) {
    return make_plan(workplace.policy(), world_of(workplace.installation()), time_of(workplace, request), options_of(workplace, request));
}

Simulation simulate_ahead(const Workplace& workplace, const PlanRequest& request, Instant until) {
    return simulate(workplace.policy(), world_of(workplace.installation()), time_of(workplace, request), until, options_of(workplace, request));
}

}  // namespace holdfast
