// Recovery points as text for people.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/catalog_points.hpp"

namespace holdfast {

std::string points_text(const std::vector<RecoveryPoint>& points, Console& console);
std::string gone_points_text(const std::vector<GonePoint>& points, Console& console);
std::string point_text(const PointDetails& details, Console& console);
std::string verification_text(const VerifyOutcome& outcome, Console& console);
std::string rebuild_text(const RebuildReport& report, Console& console);
// "01j… of orders, as it was at 2026-11-20 14:05:00 CET (…)"
std::string point_line(const RecoveryPoint& point, Console& console);
// The same for a point with the log after it: "01j… and the log up to 01k8zt3m4f:1842 of orders, as it was at …"
std::string target_line(const RecoveryTarget& target, Console& console);
// What a person can type after --before: "01k8zt3m4f:1842".
std::string short_text(const LogPosition& position);

}  // namespace holdfast
