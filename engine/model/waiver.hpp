// When a waiver ends: the one place that decides it, by a clock that is given.
#pragma once

#include "engine/model/policy.hpp"

namespace holdfast {

// It holds until 00:00 UTC of its day, and no longer.
constexpr bool has_ended(std::chrono::sys_days until, Instant at) { return Instant(until) <= at; }
inline bool has_ended(const Waiver& waiver, Instant at) { return has_ended(waiver.until, at); }

// Sooner than this it is said that it ends.
inline constexpr std::chrono::days kWaiverEndsSoon{14};
inline bool ends_soon(const Waiver& waiver, Instant at) { return !has_ended(waiver, at) && has_ended(waiver, at + kWaiverEndsSoon); }

}  // namespace holdfast
