// The text that `book new` writes: a runbook that loads, passes lint and says where to go on.
#pragma once

#include <string>

namespace holdfast {

// Throws Error{Usage} for a name that is not lower case letters, digits and dashes.
std::string new_runbook_text(const std::string& name);

}  // namespace holdfast
