// A run as its journal tells it: the records folded into steps, approvals and a state. Pure.
#pragma once

#include <map>
#include <optional>

#include "dsl/journal/record.hpp"
#include "dsl/run/run_view.hpp"

namespace holdfast {

struct StepHistory {
    IntentRecord intent;                       // The newest.
    Instant first_started;
    int attempts = 0;
    bool open = false;                         // The newest attempt has neither result nor failure.
    std::optional<ResultRecord> result;
    std::optional<FailureRecord> failure;      // The newest.
    std::optional<ResolveRecord> resolved;     // Of the newest attempt, or of the undo that is open.

    int undo_attempts = 0;
    bool undo_open = false;
    std::optional<UndoResultRecord> undone;    // The newest.
    bool is_undone() const { return undone && undone->ok; }
};

struct ApprovalHistory {
    AskRecord ask;                             // The newest.
    std::vector<AnswerRecord> answers;
};

// The approval that an undo waits for, where the environment wants other people's: it stands before all steps.
inline constexpr int kUndoApproval = 0;

struct RunHistory {
    HeaderRecord header;
    std::string text, text_hash, file;         // As accepted last.
    std::map<int, StepHistory> steps;
    std::map<int, ApprovalHistory> approvals;
    std::optional<StopRecord> stop;            // Nothing: it goes on, or its process went away.
    std::optional<Instant> done_at;            // When it reached its end, also where it was undone later.
    std::vector<EditRecord> edits;
    bool undo_begun = false;
    // How the run had stopped when an undo was asked for that waits for approval: a refusal puts it back to that.
    std::optional<StopRecord> before_undo;

    bool waits_for_undo() const { return before_undo && stop && stop->state == "waiting"; }
    // What is to be brought to its end is the undo.
    bool is_undoing() const { return undo_begun || waits_for_undo(); }
    // Whether the run waits for an answer to this one: while its undo waits, to no other.
    bool may_be_answered(int approval) const { return !is_over() && !undo_begun && waits_for_undo() == (approval == kUndoApproval); }
    std::string go_on() const;                 // The command that goes on with it.
    // The step that a person has to resolve, or nullptr.
    const StepHistory* in_doubt() const;
    int recorded() const;                      // The highest number of a step or approval.
    bool is_over() const;                      // Done, cancelled or undone.
};

RunHistory history_of(const std::vector<JournalRecord>& records);
void apply(RunHistory& history, const JournalRecord& record);

RunState state_of(const RunHistory& history, bool held);
StepView view_of(const StepHistory& step);

}  // namespace holdfast
