// The catalog's layout and its upgrades. The layout's number is SQLite's user_version.
#pragma once

#include "engine/sqlite/connection.hpp"

namespace holdfast {

inline constexpr std::int64_t kCatalogVersion = 6;

// Brings an empty or older database to kCatalogVersion, each step in one transaction. Throws Unavailable where it
// is newer, NotADatabase where it holds something else. `to`: for tests of an upgrade, which begin with an older layout.
void upgrade_catalog(Connection& database, std::int64_t to = kCatalogVersion);

}  // namespace holdfast
