#include "dsl/run/runner.hpp"

#include <algorithm>
#include <array>

#include "dsl/journal/run_lock.hpp"
#include "dsl/run/approval.hpp"
#include "dsl/run/engine_fitness.hpp"
#include "dsl/run/line_diff.hpp"
#include "dsl/run/rehearse.hpp"
#include "dsl/run/replay.hpp"
#include "dsl/run/run_folder.hpp"
#include "dsl/run/session.hpp"
#include "dsl/run/undo.hpp"
#include "engine/base/check.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/recovery/restore.hpp"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 3> kResolves{"done", "again", "abort"};

HeaderRecord header_of(const Installation& installation, const RunId& run, const Runbook& runbook, const Value& parameters) {
    const Provenance& from = installation.provenance;
    HeaderRecord header;
    header.run = run.str();
    header.runbook = runbook.name;
    header.file = runbook.file.string();
    header.text = runbook.text;
    header.text_hash = runbook.hash;
    header.policy_commit = from.policy_commit;
    header.policy_hash = from.policy_hash;
    header.policy_dirty = from.policy_dirty;
    header.user = from.user;
    header.host = from.host;
    header.version = from.version;
    header.at = installation.clock.now();
    header.parameters = parameters;
    return header;
}

// Works on a session; what cannot even be recorded leaves the run to be taken up again.
template <typename Work>
RunbookOutcome guarded_work(Session& session, Work work) {
    try {
        return work(session);
    } catch (const Error& error) {
        return session.leave(error);
    }
}

// Journal operations without a running script: nobody listens.
struct Silence {
    NoProgress progress;
    RunHooks hooks{nullptr, nullptr, false, progress, {}};
};

const ApprovalHistory& open_approval(const Installation& installation, const RunHistory& history) {
    for (const auto& [number, approval] : history.approvals) {
        if (history.may_be_answered(number) && view_of(installation, history, approval).open) return approval;
    }
    throw Error(ErrorCode::Usage, fmt::format("run {} does not wait for approval", history.header.run), "`runbook runs show` tells its state.");
}

void refuse_if_over(const RunHistory& history) {
    if (!history.is_over()) return;
    throw Error(ErrorCode::Usage, fmt::format("run {} is {}", history.header.run, history.stop->state), "Start a new run.");
}

std::string subject_of(const RunHistory& history) {
    const auto* parameters = history.header.parameters.as<Record>();
    if (parameters == nullptr) return {};
    for (const auto& [name, value] : parameters->fields) {
        if (value.record("database") != nullptr) return value.field("name").text_or("");
    }
    return {};
}

std::string last_of(const RunHistory& history) {
    if (history.stop && !history.stop->message.empty()) return history.stop->message.substr(0, history.stop->message.find('\n'));
    const StepHistory* last = nullptr;
    for (const auto& [number, step] : history.steps) last = &step;
    return last == nullptr ? std::string() : last->intent.title;
}

RunSummary summary_of(const RunHistory& history, const fs::path& folder) {
    return {RunId(history.header.run), history.header.runbook, subject_of(history), state_of(history, RunLock::is_held(folder)),
            history.header.user, history.header.at, last_of(history), history.done_at};
}

bool has_undo(const RunHistory& history) {
    return std::ranges::any_of(history.steps, [](const auto& entry) {
        const StepHistory& step = entry.second;
        return step.result && !step.result->undo_effect.empty() && !step.is_undone();
    });
}

std::string next_of(const RunHistory& history, RunState state) {
    const std::string& run = history.header.run;
    switch (state) {
        case RunState::Running: return {};
        case RunState::Waiting: return fmt::format("runbook approve {}, then {}", run, history.go_on());
        case RunState::InDoubt: return fmt::format("runbook runs resolve {} --step {} --as done|again|abort", run, history.in_doubt() != nullptr ? history.in_doubt()->intent.step : 0);
        case RunState::Interrupted:
        case RunState::Failed: return history.undo_begun ? history.go_on() : fmt::format("{}, or runbook runs undo {}", history.go_on(), run);
        case RunState::Done:
        case RunState::Cancelled: return has_undo(history) ? fmt::format("runbook runs undo {} takes it back", run) : std::string();
        case RunState::Undone: return {};
    }
    return {};
}

// The text that a run goes on with: the pinned one, or the file's where an edit is accepted.
std::optional<Runbook> edited_runbook(const RunHistory& history, const ResumeOptions& options) {
    if (options.runbook) return options.runbook->hash == history.text_hash ? std::nullopt : options.runbook;
    if (!fs::exists(history.file)) return std::nullopt;
    const std::string text = read_text_file(history.file, 1 << 20);
    if (to_hex(sha256(as_bytes(text))) == history.text_hash) return std::nullopt;
    if (options.accept_edit) return load_runbook_text(text, history.file);
    Runbook changed;   // Only to show what differs; it need not even load.
    changed.file = history.file;
    changed.text = text;
    return changed;
}

void accept_or_refuse_edit(Session& session, const ResumeOptions& options) {
    const RunHistory& history = session.history();
    const auto edited = edited_runbook(history, options);
    if (!edited) return;
    const std::string difference = join(line_diff(history.text, edited->text), "\n");
    if (!options.accept_edit) {
        throw Error(ErrorCode::Changed, fmt::format("{} has changed since the run began:\n{}", edited->file.string(), difference),
                    fmt::format("Put the old text back, or go on with the new one: runbook runs resume {} --accept-edit", session.run()));
    }
    if (edited->name != history.header.runbook) {
        throw Error(ErrorCode::BadRunbook, fmt::format("the run is of {}, the file is now {}", history.header.runbook, edited->name));
    }
    session.audit("run.edit", fmt::format("{} → {}", history.text_hash.substr(0, 12), edited->hash.substr(0, 12)));
    session.record(EditRecord{edited->text, edited->hash, edited->file.string(), session.user(), session.now()});
    session.tell(RunEventKind::Note, fmt::format("goes on with the edited runbook:\n{}", difference));
}

void refuse_unfit_parameters(const Runbook& runbook, const Value& parameters) {
    HOLDFAST_CHECK(parameters.record("parameters") != nullptr);
    for (const ParameterDefinition& parameter : runbook.params) {
        if (!parameters.field(parameter.name).is_null() || parameter.optional) continue;
        throw Error(ErrorCode::Usage, fmt::format("{} is missing", parameter.flag), parameter.help);
    }
}

}  // namespace

int RunbookOutcome::exit_status() const {
    switch (state) {
        case RunState::Done:
        case RunState::Undone: return 0;
        case RunState::Waiting: return exit_status_of(ErrorCode::WaitingForApproval);
        case RunState::InDoubt: return exit_status_of(ErrorCode::InDoubt);
        default: return exit_status_of(code);
    }
}

std::optional<ResolveAs> parse_resolve_as(std::string_view text) {
    const auto found = std::ranges::find(kResolves, text);
    if (found == kResolves.end()) return std::nullopt;
    return static_cast<ResolveAs>(found - kResolves.begin());
}

Runner::Runner(const Installation& installation, const ActionTable& actions, RunnerOptions options)
    : installation_(installation), actions_(actions), options_(options) {}

RunbookOutcome Runner::start(const Runbook& runbook, const Value& parameters, const RunHooks& hooks) {
    refuse_unfit_parameters(runbook, parameters);
    refuse_unfit_engine(installation_, actions_.surface(), runbook, parameters);
    const RunId run(new_ulid(to_millis(installation_.clock.now())));
    const fs::path folder = run_folder(installation_, run);
    make_private_folders(folder);
    const RunLock lock = RunLock::take(folder);
    fault_point("run.header.before");
    Journal journal = Journal::create(journal_of(folder), header_of(installation_, run, runbook, parameters));
    fault_point("run.header.after");
    Session session(installation_, actions_, options_, hooks, std::move(journal), folder);
    session.tell(RunEventKind::Started, fmt::format("run {} of {}", run.str(), runbook.name));
    return guarded_work(session, [&](Session& begun) {
        begun.audit("run.start", fmt::format("{} {}", runbook.name, for_people(parameters, 300)));
        return replay_run(begun);
    });
}

RunbookOutcome Runner::resume(const RunId& run, const ResumeOptions& options, const RunHooks& hooks) {
    const fs::path folder = existing_run_folder(installation_, run);
    const RunLock lock = RunLock::take(folder);
    Session session(installation_, actions_, options_, hooks, Journal::open(journal_of(folder)), folder);
    const RunHistory& history = session.history();
    refuse_if_over(history);
    if (history.is_undoing()) {
        throw Error(ErrorCode::Usage, fmt::format("the undo of run {} {}", run.str(), history.undo_begun ? "has begun" : "waits for approval"), fmt::format("Bring it to its end: runbook runs undo {}", run.str()));
    }
    if (const StepHistory* step = history.in_doubt()) {
        throw Error(ErrorCode::InDoubt, fmt::format("step {} “{}” is in doubt", step->intent.step, step->intent.title),
                    fmt::format("Look yourself, then: {}", next_of(history, RunState::InDoubt)));
    }
    accept_or_refuse_edit(session, options);
    session.record(ResumeRecord{session.now(), session.user(), installation_.provenance.host});
    session.tell(RunEventKind::Started, fmt::format("run {} of {} is taken up again", run.str(), history.header.runbook));
    if (history.header.policy_hash != installation_.provenance.policy_hash) {
        session.tell(RunEventKind::Note, "the policy has changed since the run began; approvals are checked against the one of now");
    }
    return guarded_work(session, [](Session& begun) { return replay_run(begun); });
}

RunbookOutcome Runner::undo(const RunId& run, const RunHooks& hooks) {
    const fs::path folder = existing_run_folder(installation_, run);
    const RunLock lock = RunLock::take(folder);
    Session session(installation_, actions_, options_, hooks, Journal::open(journal_of(folder)), folder);
    if (session.history().stop && session.history().stop->state == "undone") {
        throw Error(ErrorCode::Usage, fmt::format("run {} is undone already", run.str()));
    }
    session.tell(RunEventKind::Started, fmt::format("undo of run {} of {}", run.str(), session.history().header.runbook));
    return guarded_work(session, [](Session& begun) { return undo_steps(begun); });
}

Rehearsal Runner::rehearse(const Runbook& runbook, const Value& parameters) const {
    refuse_unfit_parameters(runbook, parameters);
    return rehearse_runbook(installation_, actions_.surface(), runbook, parameters);
}

void Runner::cancel(const RunId& run, const std::string& comment) {
    const Silence silence;
    const fs::path folder = existing_run_folder(installation_, run);
    const RunLock lock = RunLock::take(folder);
    Session session(installation_, actions_, options_, silence.hooks, Journal::open(journal_of(folder)), folder);
    refuse_if_over(session.history());
    if (session.history().waits_for_undo()) {
        throw Error(ErrorCode::Usage, fmt::format("the undo of run {} waits for approval", run.str()), fmt::format("To give it up: runbook refuse {}", run.str()));
    }
    session.audit("run.cancel", comment);
    session.stop(RunState::Cancelled, {ErrorCode::Cancelled, fmt::format("cancelled by {}{}", session.user(), comment.empty() ? "" : ": " + comment)});
    close_copies_of(installation_, run.str());   // Copies are kept to be looked at; what runs over them is not.
}

void Runner::resolve(const RunId& run, int step, ResolveAs how, const std::string& comment) {
    const Silence silence;
    const fs::path folder = existing_run_folder(installation_, run);
    const RunLock lock = RunLock::take(folder);
    Session session(installation_, actions_, options_, silence.hooks, Journal::open(journal_of(folder)), folder);
    const StepHistory* doubted = session.history().in_doubt();
    if (doubted == nullptr || doubted->intent.step != step) {
        throw Error(ErrorCode::Usage, fmt::format("step {} of run {} is not in doubt", step, run.str()),
                    doubted == nullptr ? "No step of it is." : fmt::format("Step {} is.", doubted->intent.step));
    }
    const std::string word(kResolves[static_cast<std::size_t>(how)]);
    session.audit("run.resolve", fmt::format("step {} as {}{}", step, word, comment.empty() ? "" : ": " + comment));
    session.record(ResolveRecord{step, word, session.user(), comment, session.now()});
    if (how != ResolveAs::Abort) return;
    session.stop(RunState::Cancelled, {ErrorCode::Cancelled, fmt::format("given up at step {} by {}", step, session.user())});
}

std::string Runner::approval_message(const RunId& run, const GivenAnswer& answer) const {
    const RunHistory history = history_of(read_journal(journal_of(existing_run_folder(installation_, run))).records);
    return holdfast::approval_message(run.str(), open_approval(installation_, history).ask, answer.approve, answer.person, answer.comment);
}

ApprovalView Runner::answer(const RunId& run, const GivenAnswer& given) {
    const Silence silence;
    const fs::path folder = existing_run_folder(installation_, run);
    const RunLock lock = RunLock::take(folder);
    Session session(installation_, actions_, options_, silence.hooks, Journal::open(journal_of(folder)), folder);
    const ApprovalHistory& asked = open_approval(installation_, session.history());
    const bool is_signed = !given.signature.empty();
    AnswerRecord record{asked.ask.step, asked.ask.hash, given.person.empty() ? session.user() : given.person, given.approve, given.comment,
                        is_signed ? "signature" : "terminal", "", to_hex(given.signature), session.now()};
    // Looked at as if it were recorded: what would not count is not recorded.
    ApprovalHistory with = asked;
    with.answers.push_back(record);
    const ApprovalAnswer checked = view_of(installation_, session.history(), with).answers.back();
    if (!checked.counts) {
        throw Error(ErrorCode::NotPermitted, fmt::format("{} cannot {} this: {}", printable(record.person, 60), given.approve ? "approve" : "refuse", checked.why_not),
                    "The policy's `people:` says who may approve, and with which key.");
    }
    session.audit(given.approve ? "run.approve" : "run.refuse", fmt::format("{}: step {} “{}”", record.person, asked.ask.step, asked.ask.title));
    const auto before_undo = session.history().before_undo;
    session.record(record);
    const ApprovalView view = view_of(installation_, session.history(), session.history().approvals.at(record.step));
    if (!given.approve && before_undo && record.step == kUndoApproval) {
        // The run is again what it was before it was to be undone.
        StopRecord before = *before_undo;
        before.message = fmt::format("{} refused “{}”{}", record.person, view.title, given.comment.empty() ? "" : ": " + given.comment);
        before.at = session.now();
        session.record(before);
    } else if (!given.approve) {
        session.stop(RunState::Cancelled, {ErrorCode::NotPermitted, fmt::format("{} refused “{}”{}", record.person, view.title, given.comment.empty() ? "" : ": " + given.comment)});
    }
    return view;
}

RunView Runner::view(const RunId& run) const {
    const fs::path folder = existing_run_folder(installation_, run);
    const RunHistory history = history_of(read_journal(journal_of(folder)).records);
    RunView view;
    view.summary = summary_of(history, folder);
    view.host = history.header.host;
    view.policy_commit = history.header.policy_commit;
    view.policy_hash = history.header.policy_hash;
    view.runbook_hash = history.text_hash;
    view.runbook_file = history.file;
    view.parameters = history.header.parameters;
    for (const auto& [number, step] : history.steps) view.steps.push_back(view_of(step));
    for (const auto& [number, approval] : history.approvals) {
        view.approvals.push_back(view_of(installation_, history, approval));
        if (!history.may_be_answered(number)) view.approvals.back().open = false;
    }
    if (history.stop) {
        view.finished = history.stop->at;
        view.error = history.stop->message;
        view.hint = history.stop->hint;
        view.result = history.stop->result;
    }
    for (const EditRecord& edit : history.edits) view.edits.push_back(fmt::format("{} by {}: {}", to_rfc3339(edit.at), edit.user, edit.text_hash.substr(0, 12)));
    view.next = next_of(history, view.summary.state);
    return view;
}

std::vector<RunSummary> Runner::list() const {
    std::vector<RunSummary> runs;
    for (const RunId& run : all_runs(installation_)) {
        const fs::path folder = run_folder(installation_, run);
        try {
            runs.push_back(summary_of(history_of(read_journal(journal_of(folder)).records), folder));
        } catch (const Error& error) {
            RunSummary unreadable;   // One damaged run must not hide the others.
            unreadable.id = run;
            unreadable.state = RunState::Failed;
            unreadable.last = "its journal cannot be read: " + error.message;
            runs.push_back(std::move(unreadable));
        }
    }
    return runs;
}

RunId Runner::run_by_prefix(const std::string& prefix) const { return run_named(installation_, prefix); }

}  // namespace holdfast
