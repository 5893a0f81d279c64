#include "dsl/run/replay.hpp"

#include "dsl/load/declarations.hpp"
#include "dsl/lua/excerpt.hpp"
#include "dsl/prelude/check.hpp"
#include "dsl/prelude/guards.hpp"
#include "dsl/run/approval.hpp"
#include "dsl/run/perform.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kStepsMax = 10'000;

template <typename T>
std::shared_ptr<const T> request_of(const Value& value) {
    const auto* handle = value.as<Handle>();
    return handle == nullptr ? nullptr : std::dynamic_pointer_cast<const T>(*handle);
}

class Replay {
public:
    explicit Replay(Session& session)
        : session_(session), script_(session.history().file, session.installation.clock,
                                     {.memory_bytes_max = 64ull << 20, .instructions_max = 50'000'000, .time_max = session.options.script_time_max}) {}

    RunbookOutcome run() {
        try {
            script_.listen({nullptr, nullptr, [this](const std::string& line) { note(line); }});
            const RunHistory& history = session_.history();
            const Declarations declarations = declare_runbook(script_, session_.actions.surface(), made_, history.text, history.file);
            Script::Turn turn = script_.start(declarations.body, {history.header.parameters});
            while (!turn.finished) {
                answer_ = {};
                if (auto stopped = serve(turn.value)) return std::move(*stopped);
                turn = script_.resume(answer_);
            }
            return end(turn);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled && session_.hooks.cancel.stop_requested()) return session_.leave(error);
            return session_.stop(RunState::Failed, with_next_step(error));
        }
    }

private:
    using Stopped = std::optional<RunbookOutcome>;

    Stopped serve(const Value& request) {
        throw_if_cancelled(session_.hooks.cancel);
        if (const auto expectation = request_of<ExpectRequest>(request)) return serve_expectation(*expectation);
        if (++number_ > kStepsMax) throw Error(ErrorCode::BadRunbook, "a run of more than 10,000 steps");
        if (const auto step = request_of<StepRequest>(request)) return serve_step(*step);
        return serve_approval(*request_of<ApproveRequest>(request));
    }

    Stopped serve_expectation(const ExpectRequest& expectation) {
        if (expectation.holds) return std::nullopt;
        const Error placed = placed_error(expectation.line, expectation.message);
        return session_.stop(RunState::Failed, {ErrorCode::CannotRecover, placed.message,
                                                fmt::format("Nothing live was changed by this. To take back what was done: runbook runs undo {}.", session_.run())});
    }

    Stopped serve_step(const StepRequest& step) {
        const Effect& effect = *step.effect;
        const std::string hash = arguments_hash(effect.spec->name, effect.arguments);
        check_against_record(step, hash);
        const auto recorded = session_.history().steps.find(number_);
        if (recorded != session_.history().steps.end() && recorded->second.result) {
            answer_ = recorded->second.result->value;
            session_.tell_step(RunEventKind::StepReplayed, number_);
        } else {
            guards_.check(*effect.spec, effect.arguments);
            auto outcome = perform_step(session_, {number_, step, hash});
            if (auto* stopped = std::get_if<RunbookOutcome>(&outcome)) return std::move(*stopped);
            answer_ = std::move(std::get<Value>(outcome));
        }
        guards_.done(*effect.spec, effect.arguments);
        return std::nullopt;
    }

    // The record is what happened; a script that asks for something else there would get another step's result.
    void check_against_record(const StepRequest& step, const std::string& hash) const {
        const RunHistory& history = session_.history();
        if (history.approvals.contains(number_) && !history.steps.contains(number_)) {
            differs(step.line, fmt::format("the step “{}”", step.title), fmt::format("the approval “{}”", history.approvals.at(number_).ask.title));
        }
        const auto recorded = history.steps.find(number_);
        if (recorded == history.steps.end()) return;
        const IntentRecord& intent = recorded->second.intent;
        const Effect& effect = *step.effect;
        if (intent.title != step.title) differs(step.line, fmt::format("“{}”", step.title), fmt::format("“{}”", intent.title));
        if (intent.effect != effect.spec->name) differs(step.line, effect.spec->name, intent.effect);
        if (intent.arguments_hash != hash) differs_in_arguments(step.line, effect, intent);
    }

    [[noreturn]] void differs(int line, const std::string& here, const std::string& recorded) const {
        throw placed_error(line, fmt::format("step {} is {} in the script and {} in the record", number_, here, recorded));
    }

    [[noreturn]] void differs_in_arguments(int line, const Effect& effect, const IntentRecord& intent) const {
        std::string what;
        std::map<std::string, int> names;
        for (const auto& [name, value] : effect.arguments) ++names[name];
        if (const auto* recorded = intent.arguments.as<ValueMap>()) {
            for (const auto& [name, value] : *recorded) ++names[name];
        }
        const Value here(effect.arguments);
        for (const auto& [name, count] : names) {
            if (same_value(here.field(name), intent.arguments.field(name))) continue;
            what += fmt::format("{}'{}' is {} and was {}", what.empty() ? "" : ", ", name, for_people(here.field(name), 80),
                                for_people(intent.arguments.field(name), 80));
        }
        throw placed_error(line, fmt::format("step {} “{}” has other arguments than in the record: {}", number_, intent.title, what));
    }

    Stopped serve_approval(const ApproveRequest& approval) {
        const RunHistory& history = session_.history();
        if (history.steps.contains(number_)) {
            differs(approval.line, fmt::format("the approval “{}”", approval.title), fmt::format("the step “{}”", history.steps.at(number_).intent.title));
        }
        const ApprovalCase asked = approval_case(history, number_, approval.title, approval.fields);
        const auto before = history.approvals.find(number_);
        if (before == history.approvals.end() || before->second.ask.hash != asked.hash) {
            const int required = approvals_wanted(session_.installation, history, asked.fields);
            session_.record(AskRecord{number_, asked.title, asked.fields, asked.lines, asked.hash, required, session_.now()});
        }
        ApprovalView view = current_approval();
        if (view.open) {
            session_.tell_approval(RunEventKind::ApprovalAsked, view);
            if (!ask_here(view)) return wait(view);
            view = current_approval();
            session_.tell_approval(RunEventKind::ApprovalGiven, view);
        }
        if (const ApprovalAnswer* refusal = refusal_of(view)) {
            return session_.stop(RunState::Cancelled, {ErrorCode::NotPermitted, fmt::format("{} refused “{}”{}", refusal->person, view.title,
                                                                                           refusal->comment.empty() ? "" : ": " + refusal->comment),
                                                       fmt::format("To take back what was done: runbook runs undo {}.", session_.run())});
        }
        guards_.approved(asked.fields);
        return std::nullopt;
    }

    ApprovalView current_approval() const {
        return view_of(session_.installation, session_.history(), session_.history().approvals.at(number_));
    }

    // Asks the person at the terminal where no others are wanted. False: nobody answered.
    bool ask_here(const ApprovalView& view) {
        if (view.required > 0) return false;
        std::optional<bool> answer;
        if (session_.hooks.yes) answer = true;
        else if (session_.hooks.ask) answer = session_.hooks.ask(view);
        if (!answer) return false;
        session_.audit(*answer ? "run.approve" : "run.refuse", fmt::format("step {} “{}”", number_, view.title));
        session_.record(AnswerRecord{number_, view.hash, session_.user(), *answer, "", session_.hooks.yes ? "--yes" : "terminal", "", "", session_.now()});
        return true;
    }

    RunbookOutcome wait(const ApprovalView& view) {
        const std::string who = view.required == 0 ? "your approval"
                                                   : fmt::format("{} of {}", counted(static_cast<std::uint64_t>(view.required - view.counted), "more approval"), view.required);
        return session_.stop(RunState::Waiting, {ErrorCode::WaitingForApproval, fmt::format("“{}” waits for {}", view.title, who),
                                                 fmt::format("runbook approve {}, then {}.", session_.run(), view.then)});
    }

    RunbookOutcome end(const Script::Turn& turn) {
        if (const Effect* forgotten = made_.forgotten()) {
            throw placed_error(forgotten->line, fmt::format("{} was made but never handed to a step, so it was not performed", forgotten->text()));
        }
        if (number_ < session_.history().recorded()) {
            throw placed_error(0, fmt::format("the script ended after {} while the record has {}", counted(static_cast<std::uint64_t>(number_), "step"),
                                              session_.history().recorded()));
        }
        const auto done = request_of<DoneValue>(turn.value);
        session_.audit("run.done", session_.history().header.runbook);
        return session_.finish(RunState::Done, done != nullptr ? Value(done->fields) : Value());
    }

    void note(const std::string& line) const {
        if (number_ >= session_.history().recorded()) session_.tell(RunEventKind::Note, line);
    }

    Error placed_error(int line, const std::string& message) const {
        return error_at(session_.history().file, session_.history().text, line, message);
    }

    Error with_next_step(Error error) const {
        if (error.hint.empty() && error.code == ErrorCode::BadRunbook) {
            error.hint = fmt::format("Mend the runbook, then: runbook runs resume {} --accept-edit", session_.run());
        }
        return error;
    }

    Session& session_;
    MadeEffects made_;
    Script script_;
    LiveGuards guards_;
    int number_ = 0;
    Value answer_;
};

}  // namespace

RunbookOutcome replay_run(Session& session) { return Replay(session).run(); }

}  // namespace holdfast
