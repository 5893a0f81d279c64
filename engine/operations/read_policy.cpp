#include "engine/operations/read_policy.hpp"

#include "engine/policy/schema.hpp"

namespace holdfast {

Explanation explain_value(const LoadedPolicy& loaded, std::string_view target) { return explain_policy(loaded, target); }

std::string schema_text() { return policy_schema(); }

}  // namespace holdfast
