#include "dsl/run/rehearse.hpp"

#include "dsl/journal/journal.hpp"
#include "dsl/load/walk.hpp"
#include "dsl/prelude/check.hpp"
#include "dsl/run/approval.hpp"
#include "dsl/run/history.hpp"
#include "dsl/run/run_folder.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kRunsRead = 20;

// How long each step of this runbook took before: title and effect → durations.
using Durations = std::map<std::pair<std::string, std::string>, std::vector<Duration>>;

Durations earlier_durations(const Installation& installation, const std::string& runbook) {
    Durations durations;
    std::size_t read = 0;
    for (const RunId& run : all_runs(installation)) {
        if (read >= kRunsRead) break;
        try {
            const RunHistory history = history_of(read_journal(journal_of(run_folder(installation, run))).records);
            if (history.header.runbook != runbook) continue;
            ++read;
            for (const auto& [number, step] : history.steps) {
                if (step.result) durations[{step.intent.title, step.intent.effect}].push_back(step.result->took);
            }
        } catch (const Error&) {
            continue;   // A run that cannot be read predicts nothing; `runs list` says that it is damaged.
        }
    }
    return durations;
}

std::optional<Duration> predicted(const Durations& durations, const std::string& title, const std::string& effect) {
    const auto found = durations.find({title, effect});
    if (found == durations.end()) return std::nullopt;
    Duration sum{0};
    for (const Duration took : found->second) sum += took;
    return sum / static_cast<std::int64_t>(found->second.size());
}

RehearsedStep rehearsed(const StepRequest& step, const Durations& durations) {
    const EffectSpec& spec = *step.effect->spec;
    RehearsedStep shown;
    shown.title = step.title;
    shown.effect = spec.name;
    shown.kind = name_of(spec.kind);
    shown.sentence = sentence_of(spec, step.effect->arguments);
    for (const auto& [name, value] : step.effect->arguments) shown.arguments.emplace_back(name, for_people(value));
    if (step.undo) shown.undo = step.undo->spec->name;
    shown.timeout = step.timeout;
    shown.retry = step.retry;
    shown.predicted = predicted(durations, step.title, spec.name);
    return shown;
}

RehearsedStep rehearsed(const Installation& installation, const RunHistory& run, const ApproveRequest& approval) {
    RehearsedStep shown;
    shown.is_approval = true;
    shown.title = approval.title;
    for (const auto& [name, value] : approval.fields) shown.arguments.emplace_back(name, for_people(value));
    shown.approvals = approvals_wanted(installation, run, approval.fields);
    shown.sentence = shown.approvals == 0 ? "asks the one who runs it" : fmt::format("waits for {} other people", shown.approvals);
    return shown;
}

}  // namespace

Rehearsal rehearse_runbook(const Installation& installation, const Surface& surface, const Runbook& runbook, const Value& parameters) {
    const Walk walk = walk_runbook(runbook.text, runbook.file, surface, parameters, answer_for_rehearsal);
    if (walk.error) throw *walk.error;
    const Durations durations = earlier_durations(installation, runbook.name);
    RunHistory run;
    run.header.parameters = parameters;
    Rehearsal rehearsal;
    bool all_known = true;
    Duration whole{0};
    for (const Handle& request : walk.requests) {
        if (const auto step = std::dynamic_pointer_cast<const StepRequest>(request)) {
            rehearsal.steps.push_back(rehearsed(*step, durations));
            all_known = all_known && rehearsal.steps.back().predicted.has_value();
            whole += rehearsal.steps.back().predicted.value_or(Duration(0));
        } else if (const auto approval = std::dynamic_pointer_cast<const ApproveRequest>(request)) {
            rehearsal.steps.push_back(rehearsed(installation, run, *approval));
        }
        rehearsal.steps.back().number = static_cast<int>(rehearsal.steps.size());
    }
    if (all_known && !rehearsal.steps.empty()) rehearsal.predicted = whole;
    for (const WalkAssumption& assumption : walk.assumptions) rehearsal.assumptions.push_back({assumption.text, assumption.assumed, assumption.line});
    if (walk.done != nullptr) rehearsal.result = for_people(Value(walk.done->fields), 400);
    return rehearsal;
}

}  // namespace holdfast
