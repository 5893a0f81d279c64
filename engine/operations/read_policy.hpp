// `policy explain` and `policy schema`: what the policy says and where, and what it may say.
#pragma once

#include "engine/operations/open.hpp"
#include "engine/policy/explain.hpp"

namespace holdfast {

// `target`: DATABASE or DATABASE.FIELD. Throws Error{Usage} with a suggestion.
Explanation explain_value(const LoadedPolicy& loaded, std::string_view target);

// The JSON Schema of policy files.
std::string schema_text();

}  // namespace holdfast
