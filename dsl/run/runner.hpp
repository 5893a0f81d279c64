// Runs runbooks: replays the body from the top, gives back what is recorded, performs what is not.
//
// Promises: an intent is durable before its effect begins, a result before the next step begins; no effect that was recorded
// is performed again; nothing is performed where the record and the script disagree. One process at a time runs a run (a
// lock); others get Error{Busy}. Everything that changes anything is also in the catalog's audit chain.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dsl/actions/action.hpp"
#include "dsl/load/runbook.hpp"
#include "dsl/run/rehearsal.hpp"
#include "dsl/run/run_view.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

enum class RunEventKind : std::uint8_t {
    Started,          // `text`: "run 01… of accidental-deletion"
    StepReplayed,     // Recorded earlier; not performed again.
    StepBegan,
    StepDone,         // `step.sentence`, `step.took`
    StepFailed,       // One attempt; `text` says whether it is tried again.
    ApprovalAsked,    // `approval`
    ApprovalGiven,
    Note,             // The script's print().
    UndoBegan,
    UndoDone,
    Finished,         // `text` says how.
};
struct RunEvent {
    RunEventKind kind = RunEventKind::Note;
    std::string text;
    std::optional<StepView> step;
    std::optional<ApprovalView> approval;
};

// Asks the person at the terminal; true approves, false refuses, nothing: there is nobody to ask, the run waits.
using AskPerson = std::function<std::optional<bool>(const ApprovalView&)>;

struct RunHooks {
    std::function<void(const RunEvent&)> on_event;   // May be empty.
    AskPerson ask;                                   // May be empty: nobody to ask.
    bool yes = false;                                // --yes: approves in advance where no other people are wanted.
    Progress& progress;
    CancelToken cancel;
};

struct RunbookOutcome {
    RunId id;
    RunState state = RunState::Failed;   // Done, Waiting, Failed, InDoubt, Cancelled, Undone.
    std::string message;                 // Why, where it is not done.
    std::string hint;
    ErrorCode code = ErrorCode::Internal;// Of the failure; only with Failed.
    Value result;                        // What `done` was given.
    bool undoing = false;                // What goes on is the undo.
    int exit_status() const;             // Design, section 4.
};

enum class ResolveAs : std::uint8_t { Done, Again, Abort };
std::optional<ResolveAs> parse_resolve_as(std::string_view text);   // done, again, abort

struct ResumeOptions {
    bool accept_edit = false;            // The file has changed since: go on with the new text where the record fits it.
    std::optional<Runbook> runbook;      // The file as it is now; nothing: the text that the run is pinned to.
};

// An answer to an open approval. `signature` is over approval_message(); none is needed where no other people are wanted.
struct GivenAnswer {
    std::string person;
    bool approve = true;
    std::string comment;
    Bytes signature;
};

struct RunnerOptions {
    Duration retry_wait{2000};           // Before the second attempt; doubles.
    Duration script_time_max{10'000};    // In the script itself; effects do not count.
};

class Runner {
public:
    // `actions` and `installation` must outlive it.
    Runner(const Installation& installation, const ActionTable& actions, RunnerOptions options = {});

    // Throws only before anything is recorded (a bad parameter, no disk); afterwards the outcome says it all.
    RunbookOutcome start(const Runbook& runbook, const Value& parameters, const RunHooks& hooks);
    // Throws Error{Changed} with a line diff where the file has changed and that was not accepted, Error{Usage} where the
    // run is over, Error{Busy} where another process has it.
    RunbookOutcome resume(const RunId& run, const ResumeOptions& options, const RunHooks& hooks);
    // Undoes what was done, last first, from the record alone. Can be run again after a failure.
    RunbookOutcome undo(const RunId& run, const RunHooks& hooks);

    // Performs nothing: what would be done, with the assumptions made on the way.
    Rehearsal rehearse(const Runbook& runbook, const Value& parameters) const;

    void cancel(const RunId& run, const std::string& comment);
    // Says what became of a step in doubt; the next resume goes by it.
    void resolve(const RunId& run, int step, ResolveAs how, const std::string& comment);

    // The text that an answer to the open approval signs. Throws Error{Usage} where nothing is open.
    std::string approval_message(const RunId& run, const GivenAnswer& answer) const;
    // Checks and records an answer. Throws Error{NotPermitted} for a person who is not in `people:`, may not approve, asked
    // for the run, or whose signature does not fit. The run goes on by resume.
    ApprovalView answer(const RunId& run, const GivenAnswer& answer);

    RunView view(const RunId& run) const;
    std::vector<RunSummary> list() const;                     // Newest first.
    RunId run_by_prefix(const std::string& prefix) const;     // Error{Usage} with candidates, Missing where none.

private:
    const Installation& installation_;
    const ActionTable& actions_;
    RunnerOptions options_;
};

}  // namespace holdfast
