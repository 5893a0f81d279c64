// Runs a plan: jobs in order, each claimed, retried, bounded in time, recorded and copied; then the plan's own copies, then expiry.
#pragma once

#include <functional>

#include "engine/base/progress.hpp"
#include "engine/job/take_log.hpp"
#include "engine/model/plan.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct JobOutcome {
    Job job;
    enum class Result : std::uint8_t { Done, Failed, TakenByOther, Late, Stopped } result = Result::Done;
    std::optional<RecoveryPoint> point;
    std::optional<LogDone> log;            // Of a log job, which makes no point.
    std::string error, hint;
    Duration took{0};
};
struct ExpireOutcome {
    std::vector<std::pair<DatabaseName, PointId>> expired;
    std::vector<std::string> logs;         // Sentences: log streams that were removed.
    std::uint64_t bytes_freed = 0;
    std::vector<std::string> refused;      // Sentences: what was not done and why.
};
struct RunOutcome {
    std::vector<JobOutcome> jobs;
    std::vector<std::string> copies;       // Sentences: what was copied, and what is left to a later run while another process has the database.
    std::vector<std::string> failed_copies;
    ExpireOutcome expired;
    bool ok() const;
};

struct RunOptions {
    int attempts = 3;                      // Per job and within its finish_within; the waits between them double, from two seconds.
    bool expire = true;
    // Waits, and returns early where a stop is asked for. Empty: really waits. Tests give their own.
    std::function<void(Duration, const CancelToken&)> wait = {};
};

// Jobs are run in the plan's order. A failing job does not stop the others. Points are expired only after all jobs have run, and only those the plan names
// and retention, decided anew, still lets go.
RunOutcome run_plan(const Installation& installation, const Plan& plan, const RunOptions& options, Progress& progress, CancelToken cancel);

// Removes the points that `retention` lets go, where retention decided anew from the catalog still does, and where enough
// sound ones remain; then gives the space back. What was begun before a crash is finished first. Never throws for one
// point or store: what could not be done is a sentence in `refused`.
ExpireOutcome expire_points(const Installation& installation, const std::vector<DatabaseRetention>& retention, Progress& progress, CancelToken cancel);

}  // namespace holdfast
