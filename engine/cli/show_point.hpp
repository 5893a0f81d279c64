// Recovery points as text for people.
#pragma once

#include <string>

#include "engine/cli/session.hpp"
#include "engine/operations/catalog_points.hpp"

namespace holdfast {

std::string points_text(const std::vector<RecoveryPoint>& points, Session& session);
std::string point_text(const PointDetails& details, Session& session);
std::string verification_text(const VerifyOutcome& outcome, Session& session);
std::string rebuild_text(const RebuildReport& report, Session& session);
// "01j… of orders, as it was at 2026-11-20 14:05:00 CET (…)"
std::string point_line(const RecoveryPoint& point, Session& session);

}  // namespace holdfast
