// Turns a policy, what exists and the time into what is to be done, with a reason for each entry.
//
// Pure: the same arguments give the same plan, byte for byte. Nothing is run, read or removed here.
// The rules are told in engine/plan/README.md.
#pragma once

#include "engine/plan/world.hpp"

namespace holdfast {

// What this build can do, and what of the policy is asked about. Nothing given: everything.
struct PlanOptions {
    std::optional<std::vector<std::pair<EngineKind, BackupKind>>> can_run;
    std::optional<std::vector<std::string>> store_schemes;       // "file", "s3": of the stores that can be opened.
    std::optional<DatabaseName> database;                        // Only this one …
    std::optional<EnvironmentName> environment;                  // … or only those of this environment.
};

// Requires: the policy has passed its check (zones, cron lines and references exist).
Plan make_plan(const Policy& policy, const World& world, Instant now, const PlanOptions& options = {});

// A sentence: "its slot has come", for reports that name a job's reason.
std::string explain(JobReason reason);

}  // namespace holdfast
