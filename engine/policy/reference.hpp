// The reference of the policy language, as Markdown, generated from its declaration.
#pragma once

#include <string>

namespace holdfast {

// Returns the generated part of policies/README.md: one section per top-level key, one row per key.
std::string policy_reference();

}  // namespace holdfast
