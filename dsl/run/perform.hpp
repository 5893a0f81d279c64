// Performs one effect: intent, effect, result, with retries, a time limit, and the rules of its kind after a crash.
#pragma once

#include <variant>

#include "dsl/prelude/words.hpp"
#include "dsl/run/session.hpp"

namespace holdfast {

struct PlannedStep {
    int number = 0;
    const StepRequest& request;
    std::string arguments_hash;
};

// The result's value, or how the run stops.
std::variant<Value, RunbookOutcome> perform_step(Session& session, const PlannedStep& step);

std::string arguments_hash(const std::string& effect, const ValueMap& arguments);
std::string idempotency_key(const std::string& run, int step);

}  // namespace holdfast
