// What a person sees of a run: its state, steps, approvals. Made from the journal alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsl/lua/value.hpp"
#include "engine/model/ids.hpp"

namespace holdfast {

enum class RunState : std::uint8_t {
    Running,       // A process has it now.
    Interrupted,   // Its process went away between two records; resume it.
    Waiting,       // For approval.
    Failed,        // A step, an expectation or the script failed; resume or undo it.
    InDoubt,       // A step may or may not have happened; resolve it.
    Done,
    Cancelled,     // Cancelled or refused.
    Undone,
};
std::string_view name_of(RunState state);     // running, interrupted, waiting, failed, in-doubt, done, cancelled, undone

enum class StepState : std::uint8_t { Running, Done, Failed, InDoubt, Undone, UndoFailed };
std::string_view name_of(StepState state);    // running, done, failed, in-doubt, undone, undo-failed

struct StepView {
    int number = 0;                  // From 1; approvals are numbered with the steps.
    std::string title;
    std::string effect;              // "restore.beside"
    std::string kind;                // read, idempotent, probed, once
    StepState state = StepState::Running;
    int attempt = 1;
    Instant started;
    Duration took{0};
    std::uint64_t bytes = 0, rows = 0;
    std::string sentence;            // "31 rows missing in orders, 94 in items; 0 changed"
    std::string error;               // Of the last attempt that failed.
    std::string undo;                // The effect that undoes it; empty: nothing to undo.
};

struct ApprovalAnswer {
    std::string person;
    bool approved = true;
    std::string comment;
    std::string how;                 // "terminal", "--yes", "signature"
    Instant at;
    bool counts = true;
    std::string why_not;             // Where it does not count: "asked for this run", "the evidence has changed", …
};

struct ApprovalView {
    int number = 0;
    std::string title;
    std::vector<std::pair<std::string, std::string>> what;   // "into" → "orders"
    std::vector<std::string> evidence;                       // Lines as they are shown.
    std::string hash;                // What an answer is bound to, hex.
    int required = 0;                // Other people's signatures; 0: the one who runs it answers.
    int counted = 0;
    bool open = false;               // The run waits for it.
    std::string then;                // The command that goes on once it is given.
    std::vector<ApprovalAnswer> answers;
};

struct RunSummary {
    RunId id;
    std::string runbook;
    std::string database;            // Of the parameters; empty where there is none.
    RunState state = RunState::Running;
    std::string user;
    Instant started;
    std::string last;                // The newest step or what it stopped at.
    std::optional<Instant> done_at = {};   // When it reached its end, also where it was undone later.
};

struct RunView {
    RunSummary summary;
    std::string host, policy_commit, policy_hash, runbook_hash, runbook_file;
    Value parameters;                // Record "parameters".
    std::vector<StepView> steps;
    std::vector<ApprovalView> approvals;
    std::optional<Instant> finished;
    std::string error, hint;         // Why it stopped.
    Value result;                    // What `done` was given.
    std::vector<std::string> edits;  // Accepted edits: who and when.
    std::string next;                // What to type next.
};

}  // namespace holdfast
