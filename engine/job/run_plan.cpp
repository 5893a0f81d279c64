#include "engine/job/run_plan.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/job/copy_points.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/job/run_job.hpp"

namespace holdfast {
namespace {

std::string describe(const CopyJob& copy) {
    return fmt::format("{} {} copied from {} to {}", copy.database.str(), copy.point.str(), copy.from.str(), copy.to.str());
}

// Those of the plan, and those of the points that have just been made.
std::vector<CopyJob> copies_to_make(const Installation& installation, const Plan& plan, const RunOutcome& outcome) {
    std::vector<CopyJob> copies = plan.copies;
    for (const JobOutcome& job : outcome.jobs) {
        if (!job.point) continue;
        for (CopyJob& copy : missing_copies_of(installation, *job.point)) copies.push_back(std::move(copy));
    }
    return copies;
}

bool is_still_wanted(const Installation& installation, const CopyJob& copy) {
    const auto point = installation.catalog.point(copy.point);
    return point && std::ranges::find(point->copies, copy.to) == point->copies.end();
}

void run_copies(const Installation& installation, const Plan& plan, RunOutcome& outcome, Progress& progress, const CancelToken& cancel) {
    for (const CopyJob& copy : copies_to_make(installation, plan, outcome)) {
        if (cancel.stop_requested()) return;
        try {
            if (!is_still_wanted(installation, copy)) continue;
            const DatabaseLock lock = DatabaseLock::take(installation, copy.database, "a copy");
            make_copy(installation, copy, progress, cancel);
            outcome.copies.push_back(describe(copy));
        } catch (const Error& error) {
            outcome.failed_copies.push_back(error.message);
        } catch (const std::exception& error) {
            // One copy's defect must not keep the others from being made.
            outcome.failed_copies.push_back(fmt::format("{}: internal: {}", describe(copy), error.what()));
        }
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
    }
    run_copies(installation, plan, outcome, progress, cancel);
    if (options.expire && !cancel.stop_requested()) outcome.expired = expire_points(installation, plan.retention, progress, cancel);
    return outcome;
}

}  // namespace holdfast
