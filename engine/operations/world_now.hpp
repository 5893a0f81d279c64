// Reads from the catalog what a plan is made from.
#pragma once

#include "engine/operations/open.hpp"
#include "engine/plan/world.hpp"

namespace holdfast {

World world_now(const Workplace& workplace);

// From now on missed slots are somebody's duty: called by what runs jobs. The first call counts.
void begin_watching(const Workplace& workplace);

}  // namespace holdfast
