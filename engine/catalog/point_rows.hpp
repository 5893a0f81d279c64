// Rows of the tables `point` and `verification`: the one place that names the columns of `point`. Private to this folder.
#pragma once

#include "engine/catalog/state.hpp"

namespace holdfast {

// What `expiring` says of a point that no store has any more.
inline constexpr std::int64_t kGone = 2;

// The columns that point_in reads, in its order.
extern const std::string_view kPointColumns;
RecoveryPoint point_in(const Statement& row);

// Inserts the row, or replaces its facts; pins stay, but for a point that had gone. Returns false where it was known and there.
bool put_row(Connection& database, const RecoveryPoint& point, Instant now);

// A point is as sound as its best copy, and damaged only where each one is.
void add_copy_to(RecoveryPoint& point, StoreName store, Soundness soundness);

// Of the columns point, store, at, sound, depth, detail, digest.
Verification verification_in(const Statement& row);

}  // namespace holdfast
