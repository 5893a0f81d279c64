// Decides which recovery points of one database stay, and says why.
//
// The decision depends on the arguments alone: no clock, no catalog, no repository. So a plan can be
// explained, tested, simulated a year ahead and replayed. Removing is engine/job's.
#pragma once

#include <span>

#include "engine/model/plan.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {

struct RetentionContext {
    std::vector<StoreName> copies;      // Stores that each point must be in before it may go.
    std::vector<PointId> in_use;        // Sorted. Points that a run reads at the moment.
    std::vector<PointId> log_bases = {};   // Sorted. Points that a log stream follows (log_retention.hpp).
};

// Returns one verdict per point, newest first. Rules:
// - A rule's period is time covered: it holds points whose instant is not older than `now` minus the period,
//   and of those the newest sound one of each calendar day, ISO week or month in `zone`.
// - `any_second` holds every sound point of its period and the newest sound one before it (logs are replayed onto it).
// - Full and incremental points are one series, logical ones another: neither takes the other's place.
// - Sound means not known to be damaged. A damaged point takes nobody's place, and goes only when nothing
//   but a sound newer point exists for it to give way to.
// - Never free to expire: the newest sound point, the newest `at_least` sound ones, pinned ones, those with
//   `keep_until` in the future, those in use, those that a log stream follows, those that a store of `copies` still lacks.
// - A rule with nothing in it keeps everything: an empty rule is far more often a mistake than a wish to lose
//   all backups. A point newer than `now` keeps everything too: the clock was moved back.
std::vector<RetentionVerdict> decide_retention(const RetentionRule& rule, const TimeZone& zone,
                                               std::span<const RecoveryPoint> points, Instant now,
                                               const RetentionContext& context = {});

// The same for points given by reference, for callers that have them in another order.
std::vector<RetentionVerdict> decide_retention(const RetentionRule& rule, const TimeZone& zone,
                                               std::span<const RecoveryPoint* const> points, Instant now,
                                               const RetentionContext& context = {});

// A sentence per reason: "it is the newest of its day, and one per day is kept for 30d".
std::string explain(KeepReason reason, const RetentionRule& rule);
// All reasons of a verdict in one sentence; without any, why the point may go.
std::string explain(const RetentionVerdict& verdict, const RetentionRule& rule);

}  // namespace holdfast
