// Jobs and recovery points with everything filled in that a test does not care about.
#pragma once

#include "engine/base/format.hpp"
#include "engine/model/plan.hpp"

namespace holdfast {

inline Instant instant_of(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }

inline Job job_of(std::string database, std::string_view at, BackupKind kind = BackupKind::Full) {
    Job job;
    job.slot = {.database = DatabaseName(std::move(database)), .kind = kind, .at = instant_of(at)};
    job.run_as = kind;
    job.store = StoreName("local");
    job.why = "its time has come";
    return job;
}

// `id` may be short: it is filled up to the length of a real one.
inline RecoveryPoint point_of(std::string id, std::string_view instant, std::vector<std::string> stores = {"local"}) {
    RecoveryPoint point;
    id.resize(26, '0');
    point.id = PointId(std::move(id));
    point.database = DatabaseName("orders");
    point.started = instant_of(instant);
    point.instant = instant_of(instant);
    point.finished = instant_of(instant) + Duration(4'000);
    point.source_bytes = 4096 * 100;
    point.read_bytes = 4096 * 100;
    point.stored_bytes = 90'000;
    point.provenance.policy_hash = "5f";
    point.provenance.host = "db1";
    point.provenance.user = "backup";
    point.provenance.version = "0.1.0";
    for (std::string& store : stores) point.copies.emplace_back(std::move(store));
    return point;
}

}  // namespace holdfast
