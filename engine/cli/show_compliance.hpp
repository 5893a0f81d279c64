// What compliance checks found, as text for people.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/comply.hpp"

namespace holdfast {

// The findings with the subject in front of the message, for forms that show a place and a message alone.
std::vector<Finding> with_subjects(const std::vector<Finding>& findings);

std::string compliance_text(const Compliance& compliance, Console& console);

}  // namespace holdfast
