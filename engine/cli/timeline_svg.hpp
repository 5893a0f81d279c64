// What can be recovered over time as a picture: one SVG, readable alone, in light and in dark surroundings.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/logs.hpp"

namespace holdfast {

// SVG 1.1. A bar a database on a common axis of time; spans, points and holes say what they are when pointed at (<title>).
std::string timelines_svg(const std::vector<TimelineRow>& rows, Console& console);

}  // namespace holdfast
