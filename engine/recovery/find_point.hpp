// Finds the recovery point for a moment.
#pragma once

#include <optional>

#include "engine/recovery/installation.hpp"

namespace holdfast {

// Returns the newest point whose instant is strictly before `before` (the newest of all without it) that is not
// known to be damaged. Throws Error{CannotRecover} that names the nearest points on both sides.
RecoveryPoint find_point(const Installation& installation, const DatabaseName& database, std::optional<Instant> before);

// The store to read a point from: one that can be opened, in the order of the environment's copies.
StoreName store_to_read(const Installation& installation, const RecoveryPoint& point);

}  // namespace holdfast
