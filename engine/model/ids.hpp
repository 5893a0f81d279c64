// Names and ids that everyone passes around; strong types, so none can stand in for another.
#pragma once

#include "engine/base/strong.hpp"

namespace holdfast {

using DatabaseName = StrongText<struct DatabaseNameTag>;        // A key under `databases:`.
using StoreName = StrongText<struct StoreNameTag>;              // A key under `stores:`.
using PolicyName = StrongText<struct PolicyNameTag>;            // A key under `policies:`.
using EnvironmentName = StrongText<struct EnvironmentNameTag>;  // A key under `environments:`.

// A recovery point's id: 26 characters of Crockford's base32 in lower case, time first (ULID), so that
// ids sort by the time at which they were made. Unique across databases and stores.
using PointId = StrongText<struct PointIdTag>;
// One execution of a runbook; the same shape.
using RunId = StrongText<struct RunIdTag>;
// One unbroken sequence of transactions of one database; the same shape.
using LogStreamId = StrongText<struct LogStreamIdTag>;

}  // namespace holdfast
