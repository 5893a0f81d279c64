#include "dsl/run/perform.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>

#include "dsl/prelude/check.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/job/deadline.hpp"

namespace holdfast {
namespace {

constexpr int kWaitDoublingsMax = 6;

// What trying again would not change.
constexpr std::array kHopeless{ErrorCode::NotPermitted, ErrorCode::Usage,         ErrorCode::BadRunbook, ErrorCode::BadPolicy,
                               ErrorCode::Cancelled,    ErrorCode::CannotRecover, ErrorCode::WrongKey,   ErrorCode::Internal};

bool is_hopeless(ErrorCode code) { return std::ranges::find(kHopeless, code) != kHopeless.end(); }

void wait_before_retry(Duration wait, const CancelToken& cancel) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, cancel, wait, [] { return false; });
    throw_if_cancelled(cancel);
}

class StepWork {
public:
    StepWork(Session& session, const PlannedStep& step)
        : session_(session), step_(step), effect_(*step.request.effect), spec_(*effect_.spec), action_(session.actions.of(spec_.name)),
          key_(idempotency_key(session.run(), step.number)) {}

    std::variant<Value, RunbookOutcome> run() {
        if (auto settled = settle_earlier_attempt()) return std::move(*settled);
        for (int tries = 0;; ++tries) {
            const int attempt = attempts() + 1;
            record_intent(attempt);
            try {
                return finish(attempt_once(attempt));
            } catch (const Error& error) {
                const bool again = tries < step_.request.retry && !is_hopeless(error.code);
                if (auto stopped = attempt_failed(error, attempt, again)) return std::move(*stopped);
            }
            wait_before_retry(session_.options.retry_wait * (1 << std::min(tries, kWaitDoublingsMax)), session_.hooks.cancel);
            if (spec_.kind == EffectKind::Probed) {
                if (auto settled = settle_by_probe()) return std::move(*settled);
            }
        }
    }

private:
    using Settled = std::optional<std::variant<Value, RunbookOutcome>>;

    const StepHistory* earlier() const {
        const auto found = session_.history().steps.find(step_.number);
        return found == session_.history().steps.end() ? nullptr : &found->second;
    }
    int attempts() const { return earlier() == nullptr ? 0 : earlier()->attempts; }

    // What an attempt before a crash means, by the effect's kind. Nothing: perform it (again).
    Settled settle_earlier_attempt() {
        const StepHistory* before = earlier();
        if (before == nullptr) return std::nullopt;
        if (before->open && before->resolved) return settle_as_resolved(*before->resolved);
        if (spec_.kind == EffectKind::Probed) return settle_by_probe();
        if (spec_.kind == EffectKind::Once && before->open) {
            return in_doubt(fmt::format("{} may or may not have happened before the interruption", spec_.name));
        }
        return std::nullopt;
    }

    Settled settle_as_resolved(const ResolveRecord& resolved) {
        if (resolved.how != "done") return std::nullopt;
        return finish({{}, fmt::format("taken as done by {}", resolved.user), 0, 0, ""});
    }

    Settled settle_by_probe() {
        Action::Probe probe = action_.probe(session_.context(step_.number, attempts(), session_.hooks.cancel, key_), effect_.arguments);
        if (!probe.happened) return in_doubt(fmt::format("whether {} happened cannot be told from the database", spec_.name));
        if (!*probe.happened) return std::nullopt;
        return finish(std::move(probe.result));
    }

    RunbookOutcome in_doubt(std::string why) {
        return session_.stop(RunState::InDoubt,
                             {ErrorCode::InDoubt, fmt::format("step {} “{}” is in doubt: {}", step_.number, step_.request.title, why),
                              fmt::format("Look yourself, then: runbook runs resolve {} --step {} --as done|again|abort", session_.run(), step_.number)});
    }

    void record_intent(int attempt) {
        IntentRecord intent{step_.number, attempt, step_.request.title, spec_.name, std::string(name_of(spec_.kind)), step_.arguments_hash,
                            effect_.arguments, key_, "", {}, session_.now()};
        if (step_.request.undo) {
            intent.undo_effect = step_.request.undo->spec->name;
            if (step_.request.undo->arguments) intent.undo_given = *step_.request.undo->arguments;
        }
        session_.record(intent);
        session_.tell_step(RunEventKind::StepBegan, step_.number, sentence_of(spec_, effect_.arguments));
    }

    ActionResult attempt_once(int attempt) {
        Deadline deadline(session_.installation.clock, step_.request.timeout, session_.hooks.cancel);
        began_ = session_.installation.clock.steady();
        try {
            throw_if_cancelled(deadline.token());
            ActionResult result = action_.perform(session_.context(step_.number, attempt, deadline.token(), key_), effect_.arguments);
            fault_point("run.effect.after");
            return result;
        } catch (const Error&) {
            if (!deadline.has_passed() || session_.hooks.cancel.stop_requested()) throw;
            throw Error(ErrorCode::Busy, fmt::format("it took longer than {}", for_people(*step_.request.timeout)),
                        "Give the step a longer timeout, or find out what holds it up.");
        }
    }

    // Nothing: try again.
    std::optional<RunbookOutcome> attempt_failed(const Error& error, int attempt, bool again) {
        session_.record(FailureRecord{step_.number, attempt, std::string(name_of(error.code)), error.message, error.hint, session_.now()});
        session_.tell_step(RunEventKind::StepFailed, step_.number, again ? error.message + "; trying again" : error.message);
        if (again) return std::nullopt;
        Error why(error.code, fmt::format("step {} “{}”: {}", step_.number, step_.request.title, error.message), error.hint);
        if (session_.hooks.cancel.stop_requested()) return session_.leave(why);
        if (why.hint.empty()) why.hint = fmt::format("Once mended: runbook runs resume {0}. To take back what was done: runbook runs undo {0}.", session_.run());
        return session_.stop(RunState::Failed, why);
    }

    // The audit entry comes before the result: after a crash between them the effect is looked at again, and noted again, but
    // nothing that changed anything is left out.
    Value finish(ActionResult result) {
        if (!result.audit.empty()) session_.audit("run.step", result.audit);
        ResultRecord record{step_.number, result.value, result.sentence, session_.installation.clock.steady() - began_, result.bytes,
                            result.rows, "", {}, session_.now()};
        if (step_.request.undo) {
            const UndoRequest& undo = *step_.request.undo;
            record.undo_effect = undo.spec->name;
            record.undo_arguments = undo.arguments ? *undo.arguments : undo_arguments(*undo.spec, effect_.arguments, result.value);
        }
        session_.record(record);
        session_.tell_step(RunEventKind::StepDone, step_.number, result.sentence);
        return std::move(result.value);
    }

    Session& session_;
    const PlannedStep& step_;
    const Effect& effect_;
    const EffectSpec& spec_;
    const Action& action_;
    std::string key_;
    Duration began_{session_.installation.clock.steady()};
};

}  // namespace

std::variant<Value, RunbookOutcome> perform_step(Session& session, const PlannedStep& step) { return StepWork(session, step).run(); }

std::string arguments_hash(const std::string& effect, const ValueMap& arguments) {
    ByteWriter writer;
    writer.text(effect);
    write_value(writer, arguments);
    return to_hex(sha256(writer.bytes()));
}

std::string idempotency_key(const std::string& run, int step) {
    ByteWriter writer;
    writer.text(run);
    writer.text(std::to_string(step));
    return to_hex(sha256(writer.bytes())).substr(0, 32);
}

}  // namespace holdfast
