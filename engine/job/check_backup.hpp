// Checks a point right after it was made, as deep as the policy asks, and records what was found.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// checksum: reads back what the point added. restore: also restores it to a scratch folder and lets the engine check
// the copy; also due where `integrity_every` has passed since that was done last. Throws Corrupt where it fails.
void check_backup(const Installation& installation, const RecoveryPoint& point, const StoreName& store, Progress& progress,
                  CancelToken cancel);

}  // namespace holdfast
