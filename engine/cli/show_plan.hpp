// Plans, what became of them, and simulations as text for people.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/expire.hpp"
#include "engine/operations/tick.hpp"

namespace holdfast {

std::string plan_text(const Plan& plan, Console& console);
std::string simulation_text(const Simulation& simulation, Console& console);
std::string tick_text(const TickDone& done, Console& console);
std::string expiry_plan_text(const ExpirePlan& plan, Console& console);
std::string expiry_text(const ExpireOutcome& outcome);

}  // namespace holdfast
