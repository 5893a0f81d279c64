// `tick` runs what is due now; `apply` does exactly the plan that somebody has looked at.
#pragma once

#include "engine/job/run_plan.hpp"
#include "engine/operations/notify.hpp"
#include "engine/operations/plan_ahead.hpp"

namespace holdfast {

struct TickDone {
    Plan plan;
    RunOutcome outcome;
    std::vector<DrillRecord> drills = {};   // The policy's, whose time had come.
    NoticesDone notices = {};               // Told, whatever became of the rest.
    int exit_status() const;    // 0, or that of a failure of the world; 1 where a drill failed.
};

// Runs only what is due for `request`'s database or environment; all without them.
TickDone tick(const Workplace& workplace, const PlanRequest& request, Progress& progress, const CancelToken& cancel);

// Throws Changed where the policy or what exists is not what the plan was made from.
TickDone apply_plan(const Workplace& workplace, const Plan& plan, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
