// Commands of the policy and of runbooks, run without a shell, with the database in their environment.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dsl/actions/action.hpp"
#include "engine/base/process.hpp"

namespace holdfast {

// What a command is told about a place: HOLDFAST_DATABASE, HOLDFAST_LOCATION (where its data is), and what the engine's own programs read.
ProcessOptions options_for(const ActionContext& context, const Place& place);

// Runs the command with options_for(). Returns "systemctl stop orders ended well".
// Throws Unavailable where it does not, with what it said.
std::string run_command_for(const ActionContext& context, const Place& place, const std::vector<std::string>& argv);

// The policy's word for one thing to be done with the application: "stop", "start", "repoint". Throws Usage where the policy says
// nothing; where there is no policy, the sentence leaves it to the person.
ActionResult run_application_command(const ActionContext& context, const Place& place, std::string_view verb, const std::string& by_hand);

// Stops the application by the policy's command where any program has the live files open. Throws Busy where that is not enough.
void make_unused(const ActionContext& context, const DatabaseSpec& database);

// Does the work; where a server's clients are in the way (Busy) the application is stopped by the policy's command first, and it is done again.
void with_application_stopped(const ActionContext& context, const DatabaseSpec& database, const std::function<void()>& work);

}  // namespace holdfast
