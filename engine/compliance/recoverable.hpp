// Which moments of one database could have been brought back, from its record: points, runs and log windows.
#pragma once

#include <span>

#include "engine/compliance/evidence.hpp"

namespace holdfast {

// The newest moment that could be brought back at `at`. Nothing where there is none.
std::optional<Instant> newest_recoverable(const DatabaseEvidence& past, Instant at);

// The longest time within [from, until] in which no moment can be brought back, and when it began.
struct LongestGap {
    Instant from, until;
    Duration length() const { return until - from; }
};
// Nothing where nothing was recoverable before `until`; what lies before the first recoverable moment does not count.
std::optional<LongestGap> longest_gap(const DatabaseEvidence& past, Instant from, Instant until);

}  // namespace holdfast
