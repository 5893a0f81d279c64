// A plan as JSON, there and back: what `plan --out` writes is what `apply` reads.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/plan.hpp"

namespace holdfast {

std::string to_json(const Plan& plan);
// Throws Error{Corrupt} that names the field, for anything that to_json does not write.
Plan plan_from_json(std::string_view text);

}  // namespace holdfast
