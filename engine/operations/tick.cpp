#include "engine/operations/tick.hpp"

#include "engine/job/world.hpp"

namespace holdfast {
namespace {

TickDone run(const Workplace& workplace, Plan plan, Progress& progress, const CancelToken& cancel) {
    TickDone done{std::move(plan), {}};
    done.outcome = run_plan(workplace.installation(), done.plan, RunOptions{}, progress, cancel);
    return done;
}

}  // namespace

int TickDone::exit_status() const {
    if (outcome.ok()) return 0;
    for (const JobOutcome& job : outcome.jobs) {
        if (job.result == JobOutcome::Result::Stopped) return exit_status_of(ErrorCode::Cancelled);
    }
    return exit_status_of(ErrorCode::Unavailable);
}

TickDone tick(const Workplace& workplace, const PlanRequest& request, Progress& progress, const CancelToken& cancel) {
    return run(workplace, plan_ahead(workplace, request), progress, cancel);
}

TickDone apply_plan(const Workplace& workplace, const Plan& plan, Progress& progress, const CancelToken& cancel) {
    if (world_hash(workplace.policy(), world_of(workplace.installation())) != plan.world) {
        throw Error(ErrorCode::Changed, "the policy or what exists has changed since this plan was made",
                    "Nothing was done. Make a new one: runbook plan --out FILE");
    }
    return run(workplace, plan, progress, cancel);
}

}  // namespace holdfast
