// What the catalog remembers of one run of a job.
#pragma once

#include "engine/model/plan.hpp"

namespace holdfast {

enum class JobState : std::uint8_t { Running, Done, Failed, Missed };

struct JobRecord {
    std::int64_t id = 0;                   // The catalog's; 0 before it is recorded.
    Slot slot;
    BackupKind run_as = BackupKind::Full;
    JobReason reason = JobReason::Due;
    JobState state = JobState::Running;
    int attempt = 1;
    std::string runner;                    // host:pid of who runs it.
    Instant started;
    std::optional<Instant> finished;
    std::optional<PointId> point;
    std::uint64_t read_bytes = 0;
    std::uint64_t stored_bytes = 0;
    std::string error;                     // Code and message of a failure; no secrets.
    std::optional<Instant> lease_until;    // Running: who runs it has died if this has passed.
};

std::string_view name_of(JobState state);  // running, done, failed, missed

}  // namespace holdfast
