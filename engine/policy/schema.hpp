// The policy language as a JSON Schema (draft 2020-12), for editors and other programs.
#pragma once

#include <string>

namespace holdfast {

// Returns the schema's text, generated from the language's declaration (engine/policy/language.hpp).
// It accepts any one file of a policy folder, so only what every file must have is required in it.
std::string policy_schema();

}  // namespace holdfast
