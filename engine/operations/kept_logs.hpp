// What database servers keep of their logs for a receiver that may be away: does it threaten their disks, or the log?
#pragma once

#include "engine/operations/doctor.hpp"
#include "engine/provider/wal.hpp"

namespace holdfast {

// The answers of several databases, whose servers may be the same.
struct KeptLogs {
    DatabaseName database;
    std::vector<KeptWal> kept;
};
// One line for each slot: what is kept, and what to do where it is too much, lost, or nobody's. Pure.
std::vector<Diagnosis> judge_kept_logs(const std::vector<KeptLogs>& all);

// The server of this database keeps nothing for Holdfast any more; audited. Throws Unavailable where the engine keeps no such log, Busy
// while somebody receives it.
void stop_keeping_log(const Workplace& workplace, const DatabaseName& database);

}  // namespace holdfast
