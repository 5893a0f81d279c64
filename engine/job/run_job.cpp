#include "engine/job/run_job.hpp"

#include <unistd.h>

#include <array>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/job/deadline.hpp"
#include "engine/job/lease_keeper.hpp"
#include "engine/job/take_backup.hpp"

namespace holdfast {
namespace {

using Result = JobOutcome::Result;

constexpr Duration kFirstWait = std::chrono::seconds(2);

// What may be different a moment later. A wrong key or a damaged pack will not be.
bool may_pass(ErrorCode code) {
    switch (code) {
        case ErrorCode::Unavailable:
        case ErrorCode::Busy:
        case ErrorCode::Changed:
        case ErrorCode::Io:
        case ErrorCode::DiskFull: return true;
        default: return false;
    }
}

std::string text_of(const Error& error) { return fmt::format("{}: {}", name_of(error.code), error.message); }

std::string runner_name() {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    return fmt::format("{}:{}", host.data(), ::getpid());
}

std::string late_text(const Job& job, Instant now) {
    return fmt::format("it was to start before {}, and it was {} already", to_rfc3339(*job.start_before), to_rfc3339(now));
}

// What one attempt made: a point, or an addition to the log.
struct Made {
    std::optional<RecoveryPoint> point;
    std::optional<LogDone> log;
};

Made make(const Installation& installation, const Job& job, const DatabaseLock& lock, Progress& progress, const CancelToken& cancel) {
    const DatabaseSpec& database = installation.database(job.slot.database);
    if (job.run_as == BackupKind::Log) return {.point = {}, .log = take_log(installation, database, lock, progress, cancel)};
    const BackupTask task{.database = database,
                          .kind = job.run_as,
                          .slot = job.slot.at,
                          .keep_until = std::nullopt,
                          .why = job.why,
                          .key = to_text(job.slot)};
    return {.point = take_backup(installation, task, lock, progress, cancel).point, .log = {}};
}

// One attempt under the lock and a claimed slot, for what is `left` of the job's time. Throws what made it fail, with the reason a
// person needs.
Made run_claimed(const Installation& installation, const Job& job, std::int64_t claim, const DatabaseLock& lock, const std::string& runner,
                 std::optional<Duration> left, Progress& progress, const CancelToken& cancel) {
    Deadline deadline(installation.clock, left, cancel);
    const LeaseKeeper keeper(installation.catalog, claim, runner, [&deadline] { deadline.stop(); });
    try {
        return make(installation, job, lock, progress, deadline.token());
    } catch (Error& error) {
        if (error.code != ErrorCode::Cancelled || cancel.stop_requested()) throw;
        if (keeper.is_lost()) {
            throw Error(ErrorCode::Changed, "its lease ended and another engine has taken the slot",
                        "Was this machine asleep, or its clock moved? The other run counts.");
        }
        throw Error(ErrorCode::Cancelled, fmt::format("it did not finish within {}", to_text(job.finish_within.value_or(Duration(0)))),
                    "Raise finish_within of this backup, or look at what made it slow.");
    }
}

// The run made up for slots that had passed; they are seen as missed, not run.
void record_made_up(const Installation& installation, const Job& job) {
    std::vector<MissedSlot> missed;
    for (const Instant at : job.missed) {
        if (at == job.slot.at) continue;
        missed.push_back({.slot = {.database = job.slot.database, .kind = job.slot.kind, .at = at},
                          .why = fmt::format("missed; the run of {} makes up for it", to_rfc3339(job.slot.at))});
    }
    installation.catalog.record_missed(missed);
}

JobOutcome ended(const Job& job, Result result, std::string error = {}, std::string hint = {}) {
    JobOutcome outcome;
    outcome.job = job;
    outcome.result = result;
    outcome.error = std::move(error);
    outcome.hint = std::move(hint);
    return outcome;
}

// How one attempt ended, and whether another makes sense.
struct Attempt {
    JobOutcome outcome;
    bool try_again = false;
};

Attempt run_attempt(const Installation& installation, const Job& job, std::optional<Duration> left, Progress& progress, const CancelToken& cancel) {
    const std::string runner = runner_name();
    std::optional<DatabaseLock> lock;
    try {
        lock.emplace(DatabaseLock::take(installation, job.slot.database, fmt::format("a {} backup", name_of(job.run_as))));
    } catch (const Error& error) {
        if (error.code != ErrorCode::Busy) throw;
        return {.outcome = ended(job, Result::TakenByOther, text_of(error), error.hint), .try_again = true};
    }
    // With the lock in hand, a run that is recorded as running cannot be alive.
    const auto claim = installation.catalog.claim(job, runner, kJobLease, true);
    if (!claim) return {.outcome = ended(job, Result::TakenByOther, "its slot has been run already"), .try_again = false};
    try {
        JobOutcome outcome = ended(job, Result::Done);
        Made made = run_claimed(installation, job, claim->job, *lock, runner, left, progress, cancel);
        outcome.point = std::move(made.point);
        outcome.log = std::move(made.log);
        const bool was_ours = outcome.point ? installation.catalog.finish_done(claim->job, runner, *outcome.point)
                                            : installation.catalog.finish_log(claim->job, runner, outcome.log->read_bytes, outcome.log->stored_bytes);
        if (!was_ours) {
            return {.outcome = ended(job, Result::TakenByOther, "its lease ended before it had finished; what it made is kept"), .try_again = false};
        }
        record_made_up(installation, job);
        return {.outcome = std::move(outcome), .try_again = false};
    } catch (const Error& error) {
        installation.catalog.finish_failed(claim->job, runner, text_of(error));
        const bool stopped = error.code == ErrorCode::Cancelled && cancel.stop_requested();
        return {.outcome = ended(job, stopped ? Result::Stopped : Result::Failed, text_of(error), error.hint), .try_again = may_pass(error.code)};
    } catch (const std::exception& error) {
        // A defect in one job must not keep the other databases from being backed up.
        const std::string text = fmt::format("internal: {}", error.what());
        installation.catalog.finish_failed(claim->job, runner, text);
        return {.outcome = ended(job, Result::Failed, text), .try_again = false};
    }
}

JobOutcome run_attempts(const Installation& installation, const Job& job, const RunOptions& options, Progress& progress,
                        const CancelToken& cancel) {
    // finish_within is the time of all attempts together: what is promised from it holds whichever of them succeeds.
    const Duration began = installation.clock.steady();
    const auto left = [&] { return job.finish_within ? std::optional(*job.finish_within - (installation.clock.steady() - began)) : std::nullopt; };
    Duration wait = kFirstWait;
    for (int attempt = 1;; ++attempt) {
        Attempt made = run_attempt(installation, job, left(), progress, cancel);
        if (!made.try_again || attempt >= options.attempts || (left() && *left() <= wait)) return std::move(made.outcome);
        wait_between(options, wait, cancel);
        wait *= 2;
        if (cancel.stop_requested()) return ended(job, Result::Stopped, made.outcome.error, made.outcome.hint);
    }
}

}  // namespace

void wait_between(const RunOptions& options, Duration wait, const CancelToken& cancel) {
    if (options.wait) return options.wait(wait, cancel);
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    stopped.wait_for(lock, cancel, wait, [] { return false; });
}

JobOutcome run_job(const Installation& installation, const Job& job, const RunOptions& options, Progress& progress, CancelToken cancel) {
    const Duration began = installation.clock.steady();
    JobOutcome outcome;
    try {
        const Instant now = installation.clock.now();
        if (cancel.stop_requested()) return ended(job, Result::Stopped, "it was not begun: stopped on request");
        if (job.start_before && now > *job.start_before) {
            outcome = ended(job, Result::Late, late_text(job, now), "The next slot is run as usual; a larger start_within allows for more delay.");
            installation.catalog.record_missed({{.slot = job.slot, .why = outcome.error}});
            return outcome;
        }
        outcome = run_attempts(installation, job, options, progress, cancel);
    } catch (const Error& error) {
        outcome = ended(job, Result::Failed, text_of(error), error.hint);
    } catch (const std::exception& error) {
        // As above, for what happens outside an attempt.
        outcome = ended(job, Result::Failed, fmt::format("internal: {}", error.what()));
    }
    outcome.took = installation.clock.steady() - began;
    return outcome;
}

}  // namespace holdfast
