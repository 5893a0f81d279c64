// Opens the repository that a backup or a copy is written to.
#pragma once

#include "engine/recovery/installation.hpp"

namespace holdfast {

// Makes a new one where the store is empty, but not where the catalog knows points in that store: then it is not new
// but gone, or not mounted, and filling the mount's empty folder would hide that. Throws Missing.
Repository& open_for_writing(const Installation& installation, const StoreName& store);

}  // namespace holdfast
