// Copies points from one store to another, and records it.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// Copies that the environment of the point's database asks for and that are still missing.
std::vector<CopyJob> missing_copies_of(const Installation& installation, const RecoveryPoint& point);

// Throws what stopped it; the point in its first store is untouched by that. Requires: the database's lock.
void make_copy(const Installation& installation, const CopyJob& copy, Progress& progress, CancelToken cancel);

}  // namespace holdfast
