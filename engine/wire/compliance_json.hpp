// Proofs and compliance as JSON: one document per answer, {"version": 1, "kind": …}.
#pragma once

#include <string>

#include "engine/operations/prove.hpp"

namespace holdfast {

std::string to_json(const Proofs& proofs);

}  // namespace holdfast
