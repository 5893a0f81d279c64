// What a drill has brought back, held against what was backed up.
#pragma once

#include "engine/model/drill.hpp"
#include "engine/operations/drill_world.hpp"

namespace holdfast {

// `demanded`: "integrity", "row-counts", "probe"; empty: all for which there is something to hold against. What is demanded and cannot
// be checked has failed.
std::vector<DrillCheck> check_drilled(const DrillWorld& world, const RecoveryPoint& point, const std::vector<std::string>& demanded, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
