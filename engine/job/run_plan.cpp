#include "engine/job/run_plan.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/job/copy_points.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/job/deadline.hpp"
#include "engine/job/run_job.hpp"

namespace holdfast {
namespace {

std::string describe(const CopyJob& copy) {
    return fmt::format("{} {} copied from {} to {}", copy.database.str(), copy.point.str(), copy.from.str(), copy.to.str());
}

bool is_still_wanted(const Installation& installation, const CopyJob& copy) {
    const auto point = installation.catalog.point(copy.point);
    return point && std::ranges::find(point->copies, copy.to) == point->copies.end();
}

constexpr Duration kFirstTurn{200};   // Before the second try; doubles.
constexpr int kTurns = 5;

// Nothing where the copy is there meanwhile: who has the database may be making this very copy. Throws Busy.
std::optional<DatabaseLock> take_turn(const Installation& installation, const CopyJob& copy, const RunOptions& options, const CancelToken& cancel) {
    Duration wait = kFirstTurn;
    for (int turn = 1; is_still_wanted(installation, copy); ++turn, wait *= 2) {
        try {
            return DatabaseLock::take(installation, copy.database, "a copy");
        } catch (const Error& error) {
            if (error.code != ErrorCode::Busy || turn == kTurns) throw;
        }
        wait_between(options, wait, cancel);
        throw_if_cancelled(cancel);
    }
    return std::nullopt;
}

// A copy that takes longer than `limit` is stopped: the next run tries again.
void run_copy(const Installation& installation, const CopyJob& copy, std::optional<Duration> limit, const RunOptions& options, RunOutcome& outcome, Progress& progress,
              const CancelToken& cancel) {
    Deadline deadline(installation.clock, limit, cancel);
    try {
        const std::optional<DatabaseLock> lock = take_turn(installation, copy, options, deadline.token());
        if (!lock) return;
        make_copy(installation, copy, progress, deadline.token());
        outcome.copies.push_back(describe(copy));
    } catch (const Error& error) {
        if (error.code == ErrorCode::Busy) {   // No failure: as with a job that another process runs.
            outcome.copies.push_back(fmt::format("{} {} is copied to {} by a later run: {}", copy.database.str(), copy.point.str(), copy.to.str(), error.message));
            return;
        }
        const bool late = error.code == ErrorCode::Cancelled && deadline.has_passed();
        outcome.failed_copies.push_back(late ? fmt::format("{}: it did not finish within {}", describe(copy), to_text(*limit)) : error.message);
    } catch (const std::exception& error) {
        // One copy's defect must not keep the others from being made.
        outcome.failed_copies.push_back(fmt::format("{}: internal: {}", describe(copy), error.what()));
    }
}

// Right after the job, and for no longer than the job itself may take: how far the other stores lag behind can be promised then.
void copy_new_point(const Installation& installation, const JobOutcome& job, const RunOptions& options, RunOutcome& outcome, Progress& progress, const CancelToken& cancel) {
    if (!job.point) return;
    for (const CopyJob& copy : missing_copies_of(installation, *job.point)) {
        if (!cancel.stop_requested()) run_copy(installation, copy, job.job.finish_within, options, outcome, progress, cancel);
    }
}

}  // namespace

bool RunOutcome::ok() const {
    const auto is_fine = [](const JobOutcome& job) {
        return job.result == JobOutcome::Result::Done || job.result == JobOutcome::Result::TakenByOther;
    };
    return std::ranges::all_of(jobs, is_fine) && failed_copies.empty();
}

RunOutcome run_plan(const Installation& installation, const Plan& plan, const RunOptions& options, Progress& progress, CancelToken cancel) {
    RunOutcome outcome;
    installation.catalog.record_missed(plan.missed);
    for (const Job& job : plan.jobs) {
        outcome.jobs.push_back(run_job(installation, job, options, progress, cancel));
        copy_new_point(installation, outcome.jobs.back(), options, outcome, progress, cancel);
    }
    for (const CopyJob& copy : plan.copies) {
        if (!cancel.stop_requested()) run_copy(installation, copy, std::nullopt, options, outcome, progress, cancel);
    }
    if (options.expire && !cancel.stop_requested()) outcome.expired = expire_points(installation, plan.retention, progress, cancel);
    return outcome;
}

}  // namespace holdfast
