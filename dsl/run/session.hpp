// One run while this process has it: its journal, its history, and who is told.
#pragma once

#include "dsl/journal/journal.hpp"
#include "dsl/run/history.hpp"
#include "dsl/run/runner.hpp"

namespace holdfast {

class Session {
public:
    Session(const Installation& installation, const ActionTable& actions, const RunnerOptions& options, const RunHooks& hooks,
            Journal journal, fs::path folder);

    const Installation& installation;
    const ActionTable& actions;
    const RunnerOptions& options;
    const RunHooks& hooks;
    const fs::path folder;

    const RunHistory& history() const { return history_; }
    std::string run() const { return history_.header.run; }
    Instant now() const { return installation.clock.now(); }
    const std::string& user() const { return installation.provenance.user; }
    ActionContext context(int step, int attempt, CancelToken cancel, const std::string& key) const;

    // Durable when it returns.
    void record(const JournalRecord& record);
    void tell(RunEventKind kind, std::string text) const;
    void tell_step(RunEventKind kind, int step, std::string text = {}) const;
    void tell_approval(RunEventKind kind, const ApprovalView& approval) const;
    void audit(const std::string& action, const std::string& detail) const;

    // Records that the run stops here, and returns what its caller gets.
    RunbookOutcome stop(RunState state, const Error& why);
    RunbookOutcome finish(RunState state, Value result);
    // Stopped by the user, or a journal that cannot be written: nothing is recorded, the run can be taken up again.
    RunbookOutcome leave(const Error& why) const;

private:
    Journal journal_;
    RunHistory history_;
};

}  // namespace holdfast
