#include "dsl/run/history.hpp"

#include <algorithm>
#include <array>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 8> kRunStates{"running", "interrupted", "waiting", "failed", "in-doubt", "done", "cancelled", "undone"};
constexpr std::array<std::string_view, 6> kStepStates{"running", "done", "failed", "in-doubt", "undone", "undo-failed"};

struct Fold {
    RunHistory& run;

    void operator()(const HeaderRecord& record) const {
        run.header = record;
        run.text = record.text;
        run.text_hash = record.text_hash;
        run.file = record.file;
    }
    void operator()(const ResumeRecord&) const { run.stop.reset(); }
    void operator()(const IntentRecord& record) const {
        StepHistory& step = run.steps[record.step];
        if (step.attempts == 0) step.first_started = record.at;
        step.intent = record;
        step.attempts = std::max(step.attempts, record.attempt);
        step.open = true;
        step.resolved.reset();
    }
    void operator()(const ResultRecord& record) const {
        StepHistory& step = run.steps[record.step];
        step.result = record;
        step.open = false;
    }
    void operator()(const FailureRecord& record) const {
        StepHistory& step = run.steps[record.step];
        step.failure = record;
        step.open = false;
    }
    void operator()(const AskRecord& record) const {
        if (record.step == kUndoApproval && !run.waits_for_undo()) {
            StopRecord interrupted;
            interrupted.state = "failed";
            run.before_undo = run.stop.value_or(interrupted);
        }
        run.approvals[record.step].ask = record;
    }
    void operator()(const AnswerRecord& record) const {
        if (record.step == kUndoApproval && !record.approved) run.before_undo.reset();
        run.approvals[record.step].answers.push_back(record);
    }
    void operator()(const ResolveRecord& record) const { run.steps[record.step].resolved = record; }
    void operator()(const UndoIntentRecord& record) const {
        StepHistory& step = run.steps[record.step];
        step.undo_attempts = std::max(step.undo_attempts, record.attempt);
        step.undo_open = true;
        step.resolved.reset();
        run.undo_begun = true;
    }
    void operator()(const UndoResultRecord& record) const {
        StepHistory& step = run.steps[record.step];
        step.undone = record;
        step.undo_open = false;
    }
    void operator()(const StopRecord& record) const {
        run.stop = record;
        if (record.state == "done" && !run.done_at) run.done_at = record.at;
    }
    void operator()(const EditRecord& record) const {
        run.text = record.text;
        run.text_hash = record.text_hash;
        run.file = record.file;
        run.edits.push_back(record);
    }
};

StepState state_of(const StepHistory& step) {
    if (step.is_undone()) return StepState::Undone;
    if (step.undone) return StepState::UndoFailed;
    if (step.result) return StepState::Done;
    if (!step.open) return StepState::Failed;
    return step.intent.kind == "once" && !step.resolved ? StepState::InDoubt : StepState::Running;
}

}  // namespace

std::string_view name_of(RunState state) { return kRunStates[static_cast<std::size_t>(state)]; }
std::string_view name_of(StepState state) { return kStepStates[static_cast<std::size_t>(state)]; }

const StepHistory* RunHistory::in_doubt() const {
    const bool stopped_in_doubt = stop && stop->state == "in-doubt";
    for (const auto& [number, step] : steps) {
        const bool open = step.open || step.undo_open;
        if (open && !step.resolved && (stopped_in_doubt || step.intent.kind == "once")) return &step;
    }
    return nullptr;
}

int RunHistory::recorded() const {
    int highest = 0;
    if (!steps.empty()) highest = steps.rbegin()->first;
    if (!approvals.empty()) highest = std::max(highest, approvals.rbegin()->first);
    return highest;
}

bool RunHistory::is_over() const {
    return stop && (stop->state == "done" || stop->state == "cancelled" || stop->state == "undone");
}

std::string RunHistory::go_on() const { return fmt::format("runbook runs {} {}", is_undoing() ? "undo" : "resume", header.run); }

RunHistory history_of(const std::vector<JournalRecord>& records) {
    RunHistory run;
    for (const JournalRecord& record : records) apply(run, record);
    return run;
}

void apply(RunHistory& history, const JournalRecord& record) { std::visit(Fold{history}, record); }

RunState state_of(const RunHistory& history, bool held) {
    if (held) return RunState::Running;
    if (history.stop) {
        if (history.stop->state == "in-doubt" && history.in_doubt() == nullptr) return RunState::Interrupted;   // Resolved: resume.
        const auto found = std::ranges::find(kRunStates, history.stop->state);
        return found == kRunStates.end() ? RunState::Failed : static_cast<RunState>(found - kRunStates.begin());
    }
    return history.in_doubt() != nullptr ? RunState::InDoubt : RunState::Interrupted;
}

StepView view_of(const StepHistory& step) {
    StepView view;
    view.number = step.intent.step;
    view.title = step.intent.title;
    view.effect = step.intent.effect;
    view.kind = step.intent.kind;
    view.state = state_of(step);
    view.attempt = step.attempts;
    view.started = step.first_started;
    view.undo = step.intent.undo_effect;
    if (step.result) {
        view.took = step.result->took;
        view.bytes = step.result->bytes;
        view.rows = step.result->rows;
        view.sentence = step.result->sentence;
    }
    if (step.failure && !step.result) view.error = step.failure->message;
    if (step.undone) {
        if (step.undone->ok) view.sentence = step.undone->sentence;
        else view.error = step.undone->sentence;
    }
    return view;
}

}  // namespace holdfast
