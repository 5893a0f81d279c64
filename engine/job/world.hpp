// What exists, gathered from the catalog for a plan (engine/plan/world.hpp). Reads the catalog and the lock files
// alone, so that planning needs no store and no database.
#pragma once

#include "engine/plan/world.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

World world_of(const Installation& installation);

}  // namespace holdfast
