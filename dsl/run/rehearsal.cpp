#include "dsl/run/rehearsal.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string step_text(const RehearsedStep& step) {
    std::string text = fmt::format("{:>3}. {}{}\n", step.number, step.is_approval ? "APPROVAL: " : "", step.title);
    text += fmt::format("     {}\n", step.sentence);
    if (step.is_approval) return text;
    std::string facts = step.effect;
    if (!step.undo.empty()) facts += ", undone by " + step.undo;
    if (step.timeout) facts += ", at most " + for_people(*step.timeout);
    if (step.retry > 0) facts += fmt::format(", tried {} times at most", step.retry + 1);
    if (step.predicted) facts += ", took " + for_people(*step.predicted) + " before";
    return text + fmt::format("     ({})\n", facts);
}

}  // namespace

std::string to_text(const Rehearsal& rehearsal) {
    std::string text = "Nothing is done; this is what would be.\n\n";
    for (const RehearsedStep& step : rehearsal.steps) text += step_text(step);
    if (!rehearsal.assumptions.empty()) text += "\nAssumed on the way:\n";
    for (const Assumption& assumption : rehearsal.assumptions) {
        text += fmt::format("  - {} (line {}): {}\n", assumption.text, assumption.line, assumption.assumed ? "yes" : "no");
    }
    if (!rehearsal.result.empty()) text += fmt::format("\nResult: {}\n", rehearsal.result);
    if (rehearsal.predicted) text += fmt::format("\nFrom earlier runs: about {}.\n", for_people(*rehearsal.predicted));
    else text += "\nThere are no earlier runs of every step to predict the time from.\n";
    return text;
}

}  // namespace holdfast
