// The checks: each with an id, a sentence, a severity and a function that finds what falls short. One table feeds the report,
// the documentation and the frameworks.
#pragma once

#include <span>
#include <string_view>

#include "engine/compliance/check_context.hpp"

namespace holdfast {

enum class CheckBasis : std::uint8_t { Policy, Record, Present };   // What is needed to judge: the policy alone, the catalog's record, a look at what is there.
std::string_view name_of(CheckBasis basis);    // policy, record, present

struct Check {
    std::string_view id;            // "COPY-SITES"; stable.
    Severity severity = Severity::Warning;
    CheckBasis basis = CheckBasis::Policy;
    std::string_view sentence;      // What must be true.
    void (*judge)(CheckContext& context) = nullptr;   // Nothing: judged together with the waivers.
};

// In the order of reports.
std::span<const Check> all_checks();
const Check* check_named(std::string_view id);

}  // namespace holdfast
