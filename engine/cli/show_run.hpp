// Runs of runbooks as text for people: while they go on, and afterwards.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/run_book.hpp"

namespace holdfast {

// One line, or several, for what has just happened; empty for what only --verbose shows.
std::string run_event_text(const RunEvent& event, const Style& style, bool verbose);
// How it ended and what to type next.
std::string run_outcome_text(const RunbookOutcome& outcome, const Style& style);
std::string runs_text(const std::vector<RunSummary>& runs, Console& console);
std::string run_text(const RunView& view, Console& console);
// What is to be approved, with the evidence.
std::string approval_text(const ApprovalView& approval, const Style& style);

// Hooks that write what happens as it happens, ask at the terminal, and draw progress.
RunHooks run_hooks(Console& console, bool yes);

}  // namespace holdfast
