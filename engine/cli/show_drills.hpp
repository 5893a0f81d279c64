// Drills as text for people.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/model/drill.hpp"

namespace holdfast {

// One paragraph each: what was brought back, every check, and what to do where it failed.
std::string drills_text(const std::vector<DrillRecord>& drills, Console& console);
std::string drill_history_text(const std::vector<DrillRecord>& drills, Console& console);

}  // namespace holdfast
