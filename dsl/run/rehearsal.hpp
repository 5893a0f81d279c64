// A dry run: the body walked with unknown results, nothing performed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.hpp"

namespace holdfast {

struct RehearsedStep {
    int number = 0;
    bool is_approval = false;
    std::string title;
    std::string effect;                  // Empty for an approval.
    std::string kind;
    std::string sentence;                // "restores the point beside the live database; nothing live is changed"
    std::vector<std::pair<std::string, std::string>> arguments;   // As a person reads them.
    std::string undo;                    // Empty: cannot be undone, or needs none.
    std::optional<Duration> timeout;
    int retry = 0;
    std::optional<Duration> predicted;   // From earlier runs.
    int approvals = 0;                   // Of an approval: how many other people are wanted.
};

struct Assumption {
    std::string text;                    // `missing of "list what was lost" > 0`
    bool assumed = true;
    int line = 0;
};

struct Rehearsal {
    std::vector<RehearsedStep> steps;
    std::vector<Assumption> assumptions;
    std::optional<Duration> predicted;   // Whole; only where every step has a history.
    std::string result;                  // What `done` would give.
};

// The plan as `run NAME --plan` prints it.
std::string to_text(const Rehearsal& rehearsal);

}  // namespace holdfast
