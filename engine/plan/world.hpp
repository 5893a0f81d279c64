// What exists, as far as a plan depends on it, and a fingerprint of it.
#pragma once

#include <map>

#include "engine/model/job_record.hpp"
#include "engine/model/log.hpp"
#include "engine/model/plan.hpp"

namespace holdfast {

struct World {
    std::vector<RecoveryPoint> points;                      // Of all databases, in any order.
    std::vector<JobRecord> jobs;                            // In any order; at least the newest of each (database, kind).
    std::optional<Instant> watching_since;                  // Slots before it were nobody's duty: they are not missed.
    std::map<DatabaseName, std::uint64_t> source_bytes;     // Sizes of databases, where known; for estimates only.
    std::vector<LogWindow> windows = {};                    // Log streams of all databases, in any order.
    std::vector<PointId> in_use;                            // Points that a run reads at the moment.
};

// A fingerprint of all that a plan is made from, but for the time: the parts of the policy that it follows and
// the world (sizes for estimates do not count). Two that differ have different fingerprints but for chance; it
// is no defence against somebody who builds a collision on purpose (128 bits, not cryptographic), and need
// not be: who could change the catalog or the policy does not have to fool a plan.
// Equal for the same points and jobs in another order. 32 hex digits.
std::string world_hash(const Policy& policy, const World& world);

}  // namespace holdfast
