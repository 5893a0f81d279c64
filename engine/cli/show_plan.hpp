// Plans, what became of them, and simulations as text for people.
#pragma once

#include <string>

#include "engine/cli/session.hpp"
#include "engine/operations/expire.hpp"
#include "engine/operations/tick.hpp"

namespace holdfast {

std::string plan_text(const Plan& plan, Session& session);
std::string simulation_text(const Simulation& simulation, Session& session);
std::string tick_text(const TickDone& done, Session& session);
std::string expiry_plan_text(const ExpirePlan& plan, Session& session);
std::string expiry_text(const ExpireOutcome& outcome);

}  // namespace holdfast
