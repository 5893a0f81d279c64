// `run`, `runs …`, `approve` and `refuse`: runbooks at work.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dsl/load/parameters.hpp"
#include "dsl/run/runner.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

struct RunAsked {
    std::string book;
    std::vector<std::string> arguments;                          // "--before", "20m ago", …
    std::function<Instant(const std::string&)> read_instant;
    std::optional<fs::path> key = {};                            // Of the person who asks (keys_of_people.hpp); without it the account asks.
};

Rehearsal rehearse_book(const Workplace& workplace, const RunAsked& asked);
// What `--plan` prints.
std::string rehearsal_text(const Rehearsal& rehearsal);
// Throws Error{NotPermitted} where the key is nobody's, or of somebody who is no operator.
RunbookOutcome run_book(const Workplace& workplace, const RunAsked& asked, const RunHooks& hooks);

// `run` below is the beginning of an id that fits one run; "last" is the newest.
RunId run_named(const Workplace& workplace, const std::string& run);
std::vector<RunSummary> list_runs(const Workplace& workplace);
RunView show_run(const Workplace& workplace, const RunId& run);
// With `accept_edit` the runbook is read from its file as it is now.
RunbookOutcome resume_run(const Workplace& workplace, const RunId& run, bool accept_edit, const RunHooks& hooks);
// `key` as in RunAsked; throws as run_book() does.
RunbookOutcome undo_run(const Workplace& workplace, const RunId& run, const std::optional<fs::path>& key, const RunHooks& hooks);
void cancel_run(const Workplace& workplace, const RunId& run, const std::string& comment);
void resolve_run(const Workplace& workplace, const RunId& run, int step, ResolveAs how, const std::string& comment);

struct AnswerAsked {
    bool approve = true;
    std::string comment;
    std::optional<fs::path> key;       // A person's private key (keys_of_people.hpp); without it nothing is signed.
};
struct AnswerGiven {
    std::string person;
    ApprovalView approval;
};
AnswerGiven answer_run(const Workplace& workplace, const RunId& run, const AnswerAsked& asked);

}  // namespace holdfast
