// Runs one job of a plan: claims its slot, retries what may pass, bounds its time, records how it ended.
#pragma once

#include "engine/job/run_plan.hpp"

namespace holdfast {

// Never throws for what happens to the job itself; everything is in the outcome.
JobOutcome run_job(const Installation& installation, const Job& job, const RunOptions& options, Progress& progress, CancelToken cancel);

// As the options have it; returns early where a stop is asked for.
void wait_between(const RunOptions& options, Duration wait, const CancelToken& cancel);

}  // namespace holdfast
