// How long at most from one run until a later one is done: what lies in between is lost in a disaster.
// Pure; whoever asks decides over which time it is looked at.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "engine/base/time.hpp"

namespace holdfast {

struct TimedRun {
    Instant at;          // The slot.
    Instant done;        // When it may be done at the latest.
};

// From one run to the end of a later one.
struct RunDistance {
    Duration between{0};      // From run to run …
    Duration latency{0};      // … and until the later one is done.
    Instant from, until;      // The slots of both.
    Duration total() const { return between + latency; }
};

// The longest over all runs, if the `skipped` runs right after each fail. A slow run that a later quick one overtakes does not
// count. Of equal ones the earliest. Nothing where fewer runs than that are given. Requires: oldest first.
std::optional<RunDistance> longest_distance(std::span<const TimedRun> runs, std::size_t skipped);

}  // namespace holdfast
