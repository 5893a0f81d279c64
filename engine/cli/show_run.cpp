#include "engine/cli/show_run.hpp"

#include <map>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string step_line(const RunEvent& event, const Style& style, std::string_view word) {
    if (!event.step) return fmt::format("  {} {}\n", word, event.text);
    const StepView& step = *event.step;
    std::string text = fmt::format("  {:>2}. {}", step.number, style.strong(step.title));
    if (!word.empty()) text += fmt::format(" {}", word);
    const std::string& says = event.text.empty() ? step.sentence : event.text;
    if (!says.empty()) text += fmt::format(": {}", printable(says, 400));
    return text;
}

std::string state_text(RunState state, const Style& style) {
    const std::string name(name_of(state));
    switch (state) {
        case RunState::Done: return style.good(name);
        case RunState::Failed:
        case RunState::InDoubt: return style.bad(name);
        case RunState::Waiting:
        case RunState::Interrupted: return style.doubtful(name);
        case RunState::Running:
        case RunState::Cancelled:
        case RunState::Undone: return name;
    }
    return name;
}

std::string next_of(const RunbookOutcome& outcome) {
    const std::string& id = outcome.id.str();
    const std::string go_on = fmt::format("runbook runs {} {}", outcome.undoing ? "undo" : "resume", id);
    switch (outcome.state) {
        case RunState::Done: return fmt::format("See it again: runbook runs show {0}\nTake it back: runbook runs undo {0}\n", id);
        case RunState::Waiting:
            return fmt::format("The people who approve type: runbook approve {} --key FILE\nThen: {}\n", id, go_on);
        case RunState::Failed:
        case RunState::Interrupted:
            return fmt::format("Go on where it stopped: {}\n", go_on) +
                   (outcome.undoing ? "" : fmt::format("Or take back what was done: runbook runs undo {}\n", id));
        case RunState::InDoubt:
            return fmt::format("Look at it: runbook runs show {0}\nThen say what became of the step: runbook runs resolve {0} --step N --as done|again|abort\n", id);
        case RunState::Cancelled: return fmt::format("Take back what was done: runbook runs undo {0}\n", id);
        case RunState::Running:
        case RunState::Undone: return "";
    }
    return "";
}

std::string step_detail(const StepView& step, const Style& style) {
    std::string text = fmt::format("  {:>2}. {}: {}", step.number, style.strong(step.title), name_of(step.state));
    if (step.state == StepState::Done || step.state == StepState::Undone) text += fmt::format(" in {}", for_people(step.took));
    if (step.attempt > 1) text += fmt::format(", attempt {}", step.attempt);
    text += "\n";
    if (!step.sentence.empty()) text += fmt::format("      {}\n", printable(step.sentence, 400));
    if (!step.error.empty()) text += fmt::format("      {} {}\n", style.bad("error:"), printable(step.error, 400));
    if (!step.undo.empty()) text += fmt::format("      {} {}\n", style.faint("can be undone by"), step.undo);
    return text;
}

std::string answers_text(const ApprovalView& approval, Console& console) {
    std::string text;
    for (const ApprovalAnswer& answer : approval.answers) {
        text += fmt::format("      {} by {} at {} ({}){}{}\n", answer.approved ? "approved" : "refused", answer.person, console.local(answer.at),
                            answer.how, answer.comment.empty() ? "" : fmt::format(": {}", printable(answer.comment)),
                            answer.counts ? "" : fmt::format("; does not count: {}", answer.why_not));
    }
    return text;
}

std::string answer_line(const ApprovalView& approval, const Style& style) {
    if (approval.answers.empty()) return "";
    const ApprovalAnswer& answer = approval.answers.back();
    return fmt::format("      {} by {} ({})\n", answer.approved ? style.good("approved") : style.bad("refused"), answer.person, answer.how);
}

std::string parameters_of(const RunView& view) {
    const Record* record = view.parameters.as<Record>();
    std::vector<std::string> all;
    if (record == nullptr) return "";
    for (const auto& [name, value] : record->fields) {
        if (!value.is_null()) all.push_back(fmt::format("{} = {}", name, for_people(value, 60)));
    }
    return join(all, ", ");
}

}  // namespace

std::string run_event_text(const RunEvent& event, const Style& style, bool verbose) {
    switch (event.kind) {
        case RunEventKind::Started: return event.text + "\n";
        case RunEventKind::StepReplayed: return step_line(event, style, style.faint("(recorded earlier)")) + "\n";
        case RunEventKind::StepBegan: return verbose ? step_line(event, style, "begins") + "\n" : "";
        case RunEventKind::StepDone:
        case RunEventKind::UndoDone:
            return step_line(event, style, event.kind == RunEventKind::UndoDone ? "undone" : "") +
                   (event.step ? style.faint(fmt::format(" ({})", for_people(event.step->took))) : "") + "\n";
        case RunEventKind::StepFailed:
            return step_line(event, style, style.bad("failed")) + "\n";
        case RunEventKind::ApprovalAsked: return event.approval ? approval_text(*event.approval, style) : event.text + "\n";
        case RunEventKind::ApprovalGiven: return event.approval ? answer_line(*event.approval, style) : "";
        case RunEventKind::Note: return fmt::format("      {} {}\n", style.faint("note:"), printable(event.text, 400));
        case RunEventKind::UndoBegan: return verbose ? step_line(event, style, "is being undone") + "\n" : "";
        case RunEventKind::Finished: return "";   // run_outcome_text says it, with what to do next.
    }
    return "";
}

std::string run_outcome_text(const RunbookOutcome& outcome, const Style& style) {
    std::string text = fmt::format("{}{}", state_text(outcome.state, style), outcome.message.empty() ? "" : fmt::format(": {}", outcome.message));
    if (!outcome.result.is_null()) text += fmt::format(": {}", for_people(outcome.result, 400));
    text += "\n";
    if (!outcome.hint.empty()) text += outcome.hint + "\n";
    // A hint that tells what to type is not said twice.
    const bool told = outcome.hint.find(outcome.id.str()) != std::string::npos;
    return told ? text : text + "\n" + next_of(outcome);
}

std::string approval_text(const ApprovalView& approval, const Style& style) {
    std::string text = fmt::format("  {:>2}. {} {}\n", approval.number, style.doubtful("approval:"), style.strong(approval.title));
    for (const auto& [name, what] : approval.what) text += fmt::format("      {}: {}\n", name, printable(what));
    for (const std::string& line : approval.evidence) text += fmt::format("      {}\n", printable(line, 400));
    if (approval.required > 0) {
        text += fmt::format("      {} of {} other people have approved\n", approval.counted, approval.required);
    }
    return text;
}

std::string runs_text(const std::vector<RunSummary>& runs, Console& console) {
    if (runs.empty()) return "No runbook has been run. See what is there: runbook book list\n";
    Table table({{"RUN"}, {"RUNBOOK"}, {"DATABASE"}, {"STATE"}, {"STARTED"}, {"BY"}, {"LAST"}});
    for (const RunSummary& run : runs) {
        table.add({run.id.str(), run.runbook, run.database, state_text(run.state, console.style()), console.local(run.started), run.user,
                   printable(run.last, 60)});
    }
    return table.text(console.style());
}

std::string run_text(const RunView& view, Console& console) {
    const Style& style = console.style();
    std::string text = fmt::format("run {} of {}: {}\n", style.strong(view.summary.id.str()), view.summary.runbook, state_text(view.summary.state, style));
    text += fmt::format("  begun {} by {} on {}\n", console.local_and_utc(view.summary.started), view.summary.user, view.host);
    if (const std::string parameters = parameters_of(view); !parameters.empty()) text += fmt::format("  with {}\n", parameters);
    for (const std::string& edit : view.edits) text += fmt::format("  {}\n", edit);
    text += "\n";
    std::map<int, std::string> by_number;   // Approvals are numbered with the steps.
    for (const StepView& step : view.steps) by_number[step.number] += step_detail(step, style);
    for (const ApprovalView& approval : view.approvals) by_number[approval.number] += approval_text(approval, style) + answers_text(approval, console);
    for (const auto& [number, lines] : by_number) text += lines;
    if (view.finished) text += fmt::format("\nended {}\n", console.local_and_utc(*view.finished));
    if (!view.error.empty()) text += fmt::format("\n{} {}\n", style.bad("stopped:"), view.error);
    if (!view.hint.empty()) text += view.hint + "\n";
    if (!view.result.is_null()) text += fmt::format("\nresult: {}\n", for_people(view.result, 400));
    if (!view.next.empty()) text += fmt::format("\nNext: {}\n", view.next);
    return text;
}

RunHooks run_hooks(Console& console, bool yes) {
    RunHooks hooks{.on_event = {}, .ask = {}, .yes = yes, .progress = console.progress(), .cancel = console.cancel()};
    // With JSON the result alone goes to standard output; what happens meanwhile is for the person beside it.
    std::ostream& to = console.is_text() ? console.around().out : console.around().err;
    const bool shown = !console.quiet() && (console.is_text() || console.verbose());
    if (shown) {
        hooks.on_event = [&console, &to](const RunEvent& event) {
            to << run_event_text(event, console.style(), console.verbose()) << std::flush;
        };
    }
    if (console.around().ask) {
        hooks.ask = [&console, shown](const ApprovalView& approval) -> std::optional<bool> {
            if (!shown) console.around().err << approval_text(approval, console.style());
            const auto answered = console.ask("Approve this? [y/N] ");
            if (!answered) return std::nullopt;
            const std::string_view word = trim(*answered);
            return word == "y" || word == "Y" || word == "yes";
        };
    }
    return hooks;
}

}  // namespace holdfast
