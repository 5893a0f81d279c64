#include "dsl/run/undo.hpp"

#include <ranges>

#include "dsl/prelude/check.hpp"
#include "dsl/run/approval.hpp"
#include "dsl/run/perform.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/recovery/restore.hpp"

namespace holdfast {
namespace {

struct UndoWork {
    std::string effect;
    ValueMap arguments;
};

ValueMap map_of(const Value& value) {
    const auto* map = value.as<ValueMap>();
    return map != nullptr ? *map : ValueMap{};
}

[[noreturn]] void in_doubt(const Session& session, const StepHistory& step, std::string_view what) {
    throw Error(ErrorCode::InDoubt, fmt::format("{} of step {} “{}” may or may not have happened", what, step.intent.step, step.intent.title),
                fmt::format("Look yourself, then: runbook runs resolve {} --step {} --as done|again", session.run(), step.intent.step));
}

// The action said that it cannot be asked for like that, before it did anything: nothing of it is to be taken back.
bool was_refused(const StepHistory& step) {
    return !step.open && step.attempts == 1 && step.failure && step.failure->code == name_of(ErrorCode::Usage);
}

// An effect that was under way when the process ended, and that can be asked: it is taken back if it happened.
std::optional<UndoWork> work_of_interrupted(Session& session, const StepHistory& step) {
    if (step.intent.undo_effect.empty() || was_refused(step)) return std::nullopt;
    const EffectSpec* spec = session.actions.surface().effect(step.intent.undo_effect);
    if (spec == nullptr) return std::nullopt;
    // An undo that can be run any number of times is right whether the effect happened, half happened or did not.
    const bool harmless = spec->kind == EffectKind::Idempotent && !step.intent.undo_given.is_null();
    if (step.intent.kind == "once" && !(harmless && !step.resolved)) {
        if (!step.resolved) in_doubt(session, step, step.intent.effect);
        if (step.resolved->how != "done") return std::nullopt;
    }
    Value result;
    if (step.intent.kind == "probed" && !(step.resolved && step.resolved->how == "done")) {
        const auto probe = session.actions.of(step.intent.effect)
                               .probe(session.context(step.intent.step, step.attempts, session.hooks.cancel, step.intent.key), map_of(step.intent.arguments));
        if (!probe.happened) in_doubt(session, step, step.intent.effect);
        if (!*probe.happened) return std::nullopt;
        result = probe.result.value;
    }
    if (step.intent.kind == "read" || step.intent.kind == "idempotent") return std::nullopt;   // What it left is private to the run.
    if (!step.intent.undo_given.is_null()) return UndoWork{spec->name, map_of(step.intent.undo_given)};
    return UndoWork{spec->name, undo_arguments(*spec, map_of(step.intent.arguments), result)};
}

std::optional<UndoWork> work_of(Session& session, const StepHistory& step) {
    if (step.is_undone()) return std::nullopt;
    if (step.result) {
        if (step.result->undo_effect.empty()) return std::nullopt;
        return UndoWork{step.result->undo_effect, map_of(step.result->undo_arguments)};
    }
    return step.attempts > 0 ? work_of_interrupted(session, step) : std::nullopt;
}

// Returns false where the undo that was interrupted is taken as done.
bool may_perform(Session& session, const StepHistory& step, const UndoWork& work) {
    if (!step.undo_open) return true;
    const EffectSpec* spec = session.actions.surface().effect(work.effect);
    if (spec == nullptr || spec->kind != EffectKind::Once) return true;
    if (!step.resolved) in_doubt(session, step, fmt::format("the undo ({})", work.effect));
    return step.resolved->how != "done";
}

void undo_one(Session& session, int number, const UndoWork& work) {
    const StepHistory step = session.history().steps.at(number);
    const Duration began = session.installation.clock.steady();
    if (!may_perform(session, step, work)) {
        session.record(UndoResultRecord{number, true, fmt::format("taken as undone by {}", step.resolved->user), Duration(0), session.now()});
        return;
    }
    const int attempt = step.undo_attempts + 1;
    session.record(UndoIntentRecord{number, attempt, work.effect, work.arguments, session.user(), session.now()});
    session.tell_step(RunEventKind::UndoBegan, number, work.effect);
    try {
        const ActionResult result = session.actions.of(work.effect)
                                        .perform(session.context(number, attempt, session.hooks.cancel, step.intent.key + "-undo"), work.arguments);
        fault_point("run.undo_effect.after");
        session.audit("run.undo", fmt::format("step {}: {}", number, result.sentence));
        session.record(UndoResultRecord{number, true, result.sentence, session.installation.clock.steady() - began, session.now()});
    } catch (const Error& error) {
        session.record(UndoResultRecord{number, false, error.message, session.installation.clock.steady() - began, session.now()});
        throw;
    }
    session.tell_step(RunEventKind::UndoDone, number);
}

// Copies that a step was still restoring when it was stopped are nobody's any more.
void remove_leftovers(Session& session) {
    for (const auto& [number, step] : session.history().steps) {
        const bool kept = step.result && !step.is_undone() && step.result->value.record("copy") != nullptr;
        if (kept) return;
    }
    close_copies_of(session.installation, session.run());
    std::error_code not_there;
    fs::remove_all(copy_folder(session.installation, session.run()), not_there);
}

// What would be taken back, last step first, as the one who approves reads it; empty where nothing would.
ValueList planned_undo(Session& session) {
    ValueList lines;
    ByteWriter all;
    for (auto step = session.history().steps.rbegin(); step != session.history().steps.rend(); ++step) {
        const auto work = work_of(session, step->second);
        if (!work) continue;
        const std::string what = step->second.result ? step->second.result->sentence : "it may have happened in part";
        lines.emplace_back(fmt::format("step {} “{}” is taken back by {}: {}", step->first, step->second.intent.title, work->effect, what));
        all.text(work->effect);
        write_value(all, work->arguments);
    }
    if (!lines.empty()) lines.emplace_back("all of it is fixed by SHA-256 " + to_hex(sha256(all.bytes())));
    return lines;
}

ApprovalView undo_approval(const Session& session) {
    return view_of(session.installation, session.history(), session.history().approvals.at(kUndoApproval));
}

// Whether the question that was put already is about just this, and not refused.
bool is_asked(const Session& session, const ValueList& lines) {
    const auto before = session.history().approvals.find(kUndoApproval);
    return before != session.history().approvals.end() && before->second.ask.evidence == evidence_lines(lines) &&
           refusal_of(undo_approval(session)) == nullptr;
}

// Nothing where the undo may begin. Once it has begun it is brought to its end without being asked for again.
std::optional<RunbookOutcome> wait_for_approval(Session& session) {
    if (session.history().undo_begun) return std::nullopt;
    const int required = approvals_wanted(session.installation, session.history(), {});
    if (required == 0) return std::nullopt;
    const ValueList lines = planned_undo(session);
    if (lines.empty()) return std::nullopt;
    if (!is_asked(session, lines)) {
        const auto before = session.history().approvals.find(kUndoApproval);
        const auto answers = before == session.history().approvals.end() ? 0U : before->second.answers.size();
        // Numbered, so that what was answered to an earlier question is no answer to this one.
        const ValueMap fields{{kAskedBy, session.user()}, {"question", fmt::format("{} of {}", answers + 1, to_rfc3339(session.now()))}, {"shows", lines}};
        const ApprovalCase asked = approval_case(session.history(), kUndoApproval, fmt::format("Undo {}", session.history().header.runbook), fields);
        session.audit("run.undo.ask", asked.title);
        session.record(AskRecord{kUndoApproval, asked.title, asked.fields, asked.lines, asked.hash, required, session.now()});
    }
    const ApprovalView view = undo_approval(session);
    if (is_approved(view)) return std::nullopt;
    session.tell_approval(RunEventKind::ApprovalAsked, view);
    return session.stop(RunState::Waiting, {ErrorCode::WaitingForApproval,
                                            fmt::format("“{}” waits for {} of {}", view.title, counted(static_cast<std::uint64_t>(view.required - view.counted), "more approval"), view.required),
                                            fmt::format("runbook approve {}, then {}.", session.run(), view.then)});
}

}  // namespace

RunbookOutcome undo_steps(Session& session) {
    if (auto waiting = wait_for_approval(session)) return *std::move(waiting);
    std::vector<int> numbers;
    for (const auto& [number, step] : session.history().steps) numbers.push_back(number);
    int undone = 0;
    for (const int number : numbers | std::views::reverse) {
        throw_if_cancelled(session.hooks.cancel);
        const auto work = work_of(session, session.history().steps.at(number));
        if (!work) continue;
        try {
            undo_one(session, number, *work);
            ++undone;
        } catch (const Error& error) {
            if (error.code == ErrorCode::InDoubt) throw;
            return session.stop(RunState::Failed, {error.code, fmt::format("undo of step {}: {}", number, error.message),
                                                   error.hint.empty() ? fmt::format("Once mended: runbook runs undo {}", session.run()) : error.hint});
        }
    }
    remove_leftovers(session);
    session.audit("run.undone", fmt::format("{} of {}", counted(static_cast<std::uint64_t>(undone), "step"), session.history().header.runbook));
    return session.finish(RunState::Undone, {});
}

}  // namespace holdfast
