// The program between main and the commands: reads the command line, runs the command, turns failures
// into messages and exit statuses.
#pragma once

#include <string>
#include <vector>

#include "engine/cli/surroundings.hpp"

namespace holdfast {

// `words` without the program's name. Returns the exit status; throws nothing.
int run_program(const std::vector<std::string>& words, const Surroundings& surroundings);

}  // namespace holdfast
