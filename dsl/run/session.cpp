#include "dsl/run/session.hpp"

#include <array>

#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// The crash points around each kind of record, in the order of JournalRecord.
struct Points {
    std::string_view before, after;
};
constexpr std::array<Points, std::variant_size_v<JournalRecord>> kPoints{{
    {"run.header.before", "run.header.after"},           {"run.resume.before", "run.resume.after"},
    {"run.intent.before", "run.intent.after"},           {"run.result.before", "run.result.after"},
    {"run.failure.before", "run.failure.after"},         {"run.ask.before", "run.ask.after"},
    {"run.answer.before", "run.answer.after"},           {"run.resolve.before", "run.resolve.after"},
    {"run.undo_intent.before", "run.undo_intent.after"}, {"run.undo_result.before", "run.undo_result.after"},
    {"run.stop.before", "run.stop.after"},               {"run.edit.before", "run.edit.after"},
}};

}  // namespace

Session::Session(const Installation& installation_, const ActionTable& actions_, const RunnerOptions& options_, const RunHooks& hooks_,
                 Journal journal, fs::path folder_)
    : installation(installation_), actions(actions_), options(options_), hooks(hooks_), folder(std::move(folder_)),
      journal_(std::move(journal)), history_(history_of(journal_.records())) {}

ActionContext Session::context(int step, int attempt, CancelToken cancel, const std::string& key) const {
    return {installation, hooks.progress, std::move(cancel), key, run(), folder, step, attempt};
}

void Session::record(const JournalRecord& record) {
    const Points& points = kPoints[record.index()];
    fault_point(points.before);
    journal_.append(record);
    fault_point(points.after);
    apply(history_, record);
}

void Session::tell(RunEventKind kind, std::string text) const {
    if (hooks.on_event) hooks.on_event({kind, std::move(text), std::nullopt, std::nullopt});
}

void Session::tell_step(RunEventKind kind, int step, std::string text) const {
    if (hooks.on_event) hooks.on_event({kind, std::move(text), view_of(history_.steps.at(step)), std::nullopt});
}

void Session::tell_approval(RunEventKind kind, const ApprovalView& approval) const {
    if (hooks.on_event) hooks.on_event({kind, {}, std::nullopt, approval});
}

void Session::audit(const std::string& action, const std::string& detail) const {
    installation.catalog.audit(action, run(), printable(detail, 500));
}

RunbookOutcome Session::stop(RunState state, const Error& why) {
    record(StopRecord{std::string(name_of(state)), std::string(name_of(why.code)), why.message, why.hint, {}, user(), now()});
    tell(RunEventKind::Finished, fmt::format("{}: {}", name_of(state), why.message));
    return {RunId(run()), state, why.message, why.hint, why.code, {}, history_.is_undoing()};
}

RunbookOutcome Session::finish(RunState state, Value result) {
    record(StopRecord{std::string(name_of(state)), "", "", "", result, user(), now()});
    tell(RunEventKind::Finished, std::string(name_of(state)));
    return {RunId(run()), state, "", "", ErrorCode::Internal, std::move(result), history_.is_undoing()};
}

RunbookOutcome Session::leave(const Error& why) const {
    const std::string hint = why.hint.empty() ? fmt::format("`{}` goes on where it stopped.", history_.go_on()) : why.hint;
    tell(RunEventKind::Finished, fmt::format("interrupted: {}", why.message));
    return {RunId(run()), RunState::Interrupted, why.message, hint, why.code, {}, history_.is_undoing()};
}

}  // namespace holdfast
