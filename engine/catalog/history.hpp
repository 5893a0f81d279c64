// What the catalog remembers of how things were: since when each store had a point and until when, how it was pinned, what each log
// reached. Rows are only ever added, but for the end of what was still open, so that a past time is answered the same ever after.
// Private to this folder; Catalog::as_of reads it. Each call belongs into the transaction of the change that it records.
#pragma once

#include "engine/catalog/state.hpp"

namespace holdfast {

// Since when a point that is new to this catalog counts as known: now, or, where it was made before this catalog was (which then was made
// again from the stores), since it was made.
Instant known_since(Connection& database, const RecoveryPoint& point, Instant now);

void begin_copy(Connection& database, const PointId& point, const StoreName& store, Instant since);
void end_copy(Connection& database, const PointId& point, const StoreName& store, Instant now, std::string_view why);
void end_copies(Connection& database, const PointId& point, Instant now, std::string_view why);

// Writes down how the point is pinned now.
void remember_pin(Connection& database, const PointId& point, Instant now);

// A log that is followed reports every few seconds. As long as it does so within kFollowedLag, one row stands for up to an hour of
// reports, and what it reached at a moment in between is told to within that lag, never too late.
inline constexpr Duration kFollowedLag = std::chrono::seconds(90);
void remember_window(Connection& database, const LogWindow& window, Instant now);
void remember_window_gone(Connection& database, const LogStreamId& stream, const StoreName& store, Instant now);

}  // namespace holdfast
