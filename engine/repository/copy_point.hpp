// Copies one recovery point from one repository to another, which has other keys and packs of its own. The copy
// has the same id; what the target holds already is not stored again. The source's bytes are authenticated on the way.
#pragma once

#include "engine/repository/repository.hpp"

namespace holdfast {

// Returns the manifest as the target lists it. Done already: returns at once. Killed: run it again.
PointManifest copy_point(Repository& from, const DatabaseName& database, const PointId& id, Repository& to, Progress& progress,
                         CancelToken cancel);

}  // namespace holdfast
