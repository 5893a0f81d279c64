// Proofs and compliance as JSON: one document per answer, {"version": 1, "kind": …}.
#pragma once

#include <string>

#include "engine/operations/comply.hpp"
#include "engine/operations/diff_policy.hpp"
#include "engine/operations/prove.hpp"

namespace holdfast {

std::string to_json(const Proofs& proofs);
std::string to_json(const Compliance& compliance);
std::string to_json(const PolicyDiff& diff);
std::string to_json(const std::vector<Framework>& frameworks);
// All checks.
std::string checks_to_json();

}  // namespace holdfast
