// Chooses what an incremental builds on, or says why there is nothing to build on.
#pragma once

#include "engine/recovery/installation.hpp"

namespace holdfast {

struct BaseChoice {
    std::optional<PointId> base;
    std::string why_none;     // Without a base: a sentence's part, "orders has no backup in local yet".
};

// The newest point of this database that `store` holds, that is not known to be damaged there, and whose database
// was the same one (`identity`): a file that was put in another's place has nothing in common with it.
BaseChoice choose_base(const Installation& installation, const DatabaseName& database, const StoreName& store,
                       const std::string& identity);

}  // namespace holdfast
