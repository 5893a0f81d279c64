// Findings as text for people.
#pragma once

#include <span>
#include <string>

#include "engine/cli/style.hpp"
#include "engine/model/finding.hpp"

namespace holdfast {

// Each with file:line:column, the excerpt with a mark under the place, what is wrong and what to do.
std::string findings_text(std::span<const Finding> findings, const Style& style);

}  // namespace holdfast
