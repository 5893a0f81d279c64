#include "dsl/load/walk.hpp"

#include "dsl/lua/excerpt.hpp"
#include "dsl/prelude/check.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kRequestsMax = 2000;

template <typename T>
std::shared_ptr<const T> request_of(const Value& value) {
    const auto* handle = value.as<Handle>();
    return handle == nullptr ? nullptr : std::dynamic_pointer_cast<const T>(*handle);
}

// What the script gets for a request.
Value unknown_answer(const Value& request) {
    const auto step = request_of<StepRequest>(request);
    if (step == nullptr || step->effect->spec->result == "nothing") return {};
    return Unknown{fmt::format("“{}”", step->title), step->effect->spec->result};
}

void walk_body(Script& script, const FunctionValue& body, const Value& parameters, Walk& walk, const Runbook& runbook) {
    Script::Turn turn = script.start(body, {parameters});
    while (!turn.finished) {
        if (const auto expectation = request_of<ExpectRequest>(turn.value)) {
            if (!expectation->holds) {
                walk.expectation_failed = true;
                return;
            }
        } else {
            walk.requests.push_back(*turn.value.as<Handle>());
            if (walk.requests.size() > kRequestsMax) {
                throw error_at(runbook.file.string(), runbook.text, turn.line, "more than 2,000 steps");
            }
        }
        turn = script.resume(unknown_answer(turn.value));
    }
    walk.done = request_of<DoneValue>(turn.value);
}

}  // namespace

bool answer_for_rehearsal(const std::string&, int, int asked) { return asked == 0; }

Walk walk_runbook(const std::string& text, const fs::path& file, const Surface& surface, const Value& parameters,
                  const AnswerComparison& answer) {
    const SystemClock clock;   // For the time limit only.
    MadeEffects made;
    Script script(file.string(), clock, {.memory_bytes_max = 64ull << 20, .instructions_max = 5'000'000, .time_max = Duration(10'000)});
    Walk walk;
    std::map<std::pair<std::string, int>, int> asked;
    script.listen({[&](const Unknown& unknown, const std::string& field) { return unknown_field(surface, unknown, field); },
                   [&](const std::string& comparison, int line) {
                       const bool yes = answer(comparison, line, asked[{comparison, line}]++);
                       walk.assumptions.push_back({comparison, yes, line});
                       return yes;
                   },
                   nullptr});
    const Declarations declarations = declare_runbook(script, surface, made, text, file);
    try {
        walk_body(script, declarations.body, parameters, walk, declarations.runbook);
    } catch (const Error& error) {
        walk.error = error;
    }
    if (!walk.error && !walk.expectation_failed) {
        for (const auto& effect : made.effects) {
            if (!effect->handed_over) walk.forgotten.push_back(effect);
        }
    }
    return walk;
}

}  // namespace holdfast
