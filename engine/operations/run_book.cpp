#include "engine/operations/run_book.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/operations/keys_of_people.hpp"
#include "engine/operations/provenance.hpp"
#include "engine/operations/transaction_named.hpp"

namespace holdfast {
namespace {

Runner runner_of(const Workplace& workplace) { return Runner(workplace.installation(), default_actions()); }

// A runner for somebody who starts or takes back something: it is recorded who asks, since that person's approval does not count.
class Asking {
public:
    Asking(const Workplace& workplace, const std::optional<fs::path>& key)
        : installation_(workplace.installation()), runner_(installation_, default_actions()) {
        if (key) installation_.provenance.user = operator_with(*key);
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

    Runner& runner() { return runner_; }

private:
    std::string operator_with(const fs::path& key) const {
        const Policy& policy = installation_.policy;
        const std::string name = person_of_key(policy, read_person_key(key).public_key);
        const auto person = std::ranges::find(policy.people, name, &Person::name);
        if (std::ranges::find(person->roles, Role::Operator) != person->roles.end()) return name;
        throw Error(ErrorCode::NotPermitted, fmt::format("{} is no operator, so nothing is run in this name", name),
                    fmt::format("Let the policy give {} the role operator under people:, or let somebody who has it ask.", name));
    }

    Installation installation_;
    Runner runner_;
};

struct Prepared {
    Runbook book;
    Value parameters;
};
Prepared prepare(const Workplace& workplace, const RunAsked& asked) {
    Runbook book = find_runbook(asked.book, workplace.runbook_folders());
    const ParameterContext context{workplace.policy(), asked.read_instant,
                                   [&](const std::string& text) { return transaction_named(workplace, std::nullopt, text); }};
    Value parameters = read_parameters(book, split_arguments(book, asked.arguments), context);
    return {std::move(book), std::move(parameters)};
}

}  // namespace

Rehearsal rehearse_book(const Workplace& workplace, const RunAsked& asked) {
    const Prepared prepared = prepare(workplace, asked);
    return runner_of(workplace).rehearse(prepared.book, prepared.parameters);
}

std::string rehearsal_text(const Rehearsal& rehearsal) { return to_text(rehearsal); }

RunbookOutcome run_book(const Workplace& workplace, const RunAsked& asked, const RunHooks& hooks) {
    const Prepared prepared = prepare(workplace, asked);
    Asking asking(workplace, asked.key);
    return asking.runner().start(prepared.book, prepared.parameters, hooks);
}

RunId run_named(const Workplace& workplace, const std::string& run) {
    const Runner runner = runner_of(workplace);
    if (run != "last") return runner.run_by_prefix(run);
    const auto runs = runner.list();
    if (!runs.empty()) return runs.front().id;
    throw Error(ErrorCode::Missing, "there is no run yet", "See what can be run with: runbook book list");
}

std::vector<RunSummary> list_runs(const Workplace& workplace) { return runner_of(workplace).list(); }

RunView show_run(const Workplace& workplace, const RunId& run) { return runner_of(workplace).view(run); }

RunbookOutcome resume_run(const Workplace& workplace, const RunId& run, bool accept_edit, const RunHooks& hooks) {
    Runner runner = runner_of(workplace);
    ResumeOptions options;
    options.accept_edit = accept_edit;
    const fs::path file = runner.view(run).runbook_file;
    std::error_code gone;
    if (!file.empty() && fs::exists(file, gone)) options.runbook = load_runbook(file);
    return runner.resume(run, options, hooks);
}

RunbookOutcome undo_run(const Workplace& workplace, const RunId& run, const std::optional<fs::path>& key, const RunHooks& hooks) {
    Asking asking(workplace, key);
    return asking.runner().undo(run, hooks);
}

void cancel_run(const Workplace& workplace, const RunId& run, const std::string& comment) {
    runner_of(workplace).cancel(run, comment);
}

void resolve_run(const Workplace& workplace, const RunId& run, int step, ResolveAs how, const std::string& comment) {
    runner_of(workplace).resolve(run, step, how, comment);
}

AnswerGiven answer_run(const Workplace& workplace, const RunId& run, const AnswerAsked& asked) {
    Runner runner = runner_of(workplace);
    GivenAnswer answer;
    answer.approve = asked.approve;
    answer.comment = asked.comment;
    answer.person = account_name();
    if (asked.key) {
        const SigningKey key = read_person_key(*asked.key);
        answer.person = person_of_key(workplace.policy(), key.public_key);
        answer.signature = sign(key, as_bytes(runner.approval_message(run, answer)));
    }
    return {answer.person, runner.answer(run, answer)};
}

}  // namespace holdfast
