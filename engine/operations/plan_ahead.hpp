// `plan`: what would be done now, or what would become of the store until a day to come. Nothing is touched.
#pragma once

#include "engine/operations/open.hpp"
#include "engine/plan/simulate.hpp"

namespace holdfast {

struct PlanRequest {
    std::optional<Instant> as_of;               // Otherwise now.
    std::optional<DatabaseName> database;
    std::optional<EnvironmentName> environment;
};

Plan plan_ahead(const Workplace& workplace, const PlanRequest& request);
Simulation simulate_ahead(const Workplace& workplace, const PlanRequest& request, Instant until);

// Why a point stays, or that it may go, in a sentence.
std::string why_kept(const Policy& policy, const DatabaseName& database, const RetentionVerdict& verdict);

// Throws Error{Usage} with a suggestion where the policy has no such environment or database.
void require_environment(const Policy& policy, const EnvironmentName& name);
void require_database(const Policy& policy, const DatabaseName& name);

}  // namespace holdfast
