// Decides how long log streams stay, and which points they hold. Depends on the arguments alone, as retention.hpp does.
#pragma once

#include <span>

#include "engine/model/log.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {

// Transactions that ended before this need not each be a state to recover: what `any_second` promises, or an hour without it.
Instant fold_logs_before(const RetentionRule& rule, const TimeZone& zone, Instant now);

// Windows whose stream may be removed: they ended before what `any_second` promises (without it: before now), they are not
// the newest of their store, and a sound point in the same store is at least as new as their end, so that nothing recoverable that was
// promised is lost. An empty rule keeps everything, and so does a clock that was moved back.
std::vector<LogWindow> logs_to_expire(const RetentionRule& rule, const TimeZone& zone, std::span<const LogWindow> windows,
                                      std::span<const RecoveryPoint> points, Instant now);

// The base points of all windows: each is held as long as a stream follows it. Sorted, each once.
std::vector<PointId> log_bases(std::span<const LogWindow> windows);

}  // namespace holdfast
