#include "engine/wire/plan_json.hpp"

#include "engine/wire/reader.hpp"

namespace holdfast {

std::string to_json(const Plan& plan) { return wire::document_of("plan", plan); }

Plan plan_from_json(std::string_view text) { return wire::value_of_document<Plan>("plan", text); }

}  // namespace holdfast
