// Makes the catalog's points again from what the stores hold: after the catalog was lost, or when somebody
// else has written to a store. Job history and audit are not in the stores and stay as they are.
#pragma once

#include <set>

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct RebuildReport {
    struct PerStore {
        StoreName store;
        std::size_t points = 0;     // Now in the catalog as held by it.
        std::size_t added = 0;      // Of those, not known before.
        std::size_t removed = 0;    // Known before, and no longer there.
        std::string error;          // Not empty: it could not be read, and its points are left as they were.
    };
    std::vector<PerStore> stores;
    std::vector<std::string> notes;  // Sentences: a database left alone because a backup of it runs now.
    bool ok() const;
};

// A store that holds no repository any more, though the catalog knows points in it, may only be unmounted: its points stay,
// and its error says so, unless it is named in `lost`. Throws Usage where `lost` names a store that has a repository, or none.
RebuildReport rebuild_catalog(const Installation& installation, const std::set<StoreName>& lost, Progress& progress, CancelToken cancel);

}  // namespace holdfast
