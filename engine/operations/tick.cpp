#include "engine/operations/tick.hpp"

#include "engine/base/log.hpp"
#include "engine/job/world.hpp"
#include "engine/operations/drill.hpp"

namespace holdfast {
namespace {

TickDone run(const Workplace& workplace, Plan plan, Progress& progress, const CancelToken& cancel) {
    TickDone done{std::move(plan), {}, {}, {}};
    done.outcome = run_plan(workplace.installation(), done.plan, RunOptions{}, progress, cancel);
    return done;
}

}  // namespace

int TickDone::exit_status() const {
    if (outcome.ok()) return all_passed(drills) ? 0 : exit_status_of(ErrorCode::Findings);
    for (const JobOutcome& job : outcome.jobs) {
        if (job.result == JobOutcome::Result::Stopped) return exit_status_of(ErrorCode::Cancelled);
    }
    return exit_status_of(ErrorCode::Unavailable);
}

TickDone tick(const Workplace& workplace, const PlanRequest& request, Progress& progress, const CancelToken& cancel) {
    TickDone done = run(workplace, plan_ahead(workplace, request), progress, cancel);
    if (cancel.stop_requested()) return done;
    try {
        done.drills = run_due_drills(workplace, request.database, {.on_event = {}, .ask = {}, .yes = true, .progress = progress, .cancel = cancel});
    } catch (const Error& error) {
        // Backups were made; that a drill could not be begun must not hide them.
        log_warning("a drill of the policy was not run: {}", error.message);
    }
    return done;
}

TickDone apply_plan(const Workplace& workplace, const Plan& plan, Progress& progress, const CancelToken& cancel) {
    if (world_hash(workplace.policy(), world_of(workplace.installation())) != plan.world) {
        throw Error(ErrorCode::Changed, "the policy or what exists has changed since this plan was made",
                    "Nothing was done. Make a new one: runbook plan --out FILE");
    }
    return run(workplace, plan, progress, cancel);
}

}  // namespace holdfast
