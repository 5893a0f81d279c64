// Walks a runbook's body with unknown values in the place of results: nothing is performed. For dry runs and lint.
#pragma once

#include <functional>
#include <optional>

#include "dsl/load/declarations.hpp"
#include "engine/base/error.hpp"

namespace holdfast {

struct WalkAssumption {
    std::string text;
    bool assumed = true;
    int line = 0;
};

// What the body asked for, in order: StepRequest, ApproveRequest.
struct Walk {
    std::vector<Handle> requests;
    std::vector<WalkAssumption> assumptions;
    std::shared_ptr<const DoneValue> done;           // Null where the body ended without.
    std::vector<std::shared_ptr<const Effect>> forgotten;
    std::optional<Error> error;                      // Where it ended early.
    bool expectation_failed = false;
};

// Answers a comparison; `asked` says how often the same one was asked at the same line before.
using AnswerComparison = std::function<bool(const std::string& text, int line, int asked)>;

// The answer of a dry run: yes at first, then no, so that loops end.
bool answer_for_rehearsal(const std::string& text, int line, int asked);

// `parameters` is the record that the body gets. Errors of the body are in the walk, those of the file's top level are thrown.
Walk walk_runbook(const std::string& text, const fs::path& file, const Surface& surface, const Value& parameters,
                  const AnswerComparison& answer);

}  // namespace holdfast
