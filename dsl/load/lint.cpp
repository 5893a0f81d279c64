#include "dsl/load/lint.hpp"

#include <algorithm>
#include <set>

#include "dsl/load/tokens.hpp"
#include "dsl/load/walk.hpp"
#include "dsl/lua/excerpt.hpp"
#include "dsl/prelude/check.hpp"
#include "dsl/prelude/guards.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kWalksMax = 128;
constexpr std::size_t kQuestionsMax = 10;   // Of one walk, answered both ways.

class Findings {
public:
    Findings(const std::string& text, const fs::path& file) : text_(text), file_(file.string()) {}

    // One finding per kind and line, however many ways lead to it.
    void add(std::string id, Severity severity, int line, std::string message, std::string fix) {
        if (!seen_.insert({id, line}).second) return;
        std::optional<SourcePlace> place = SourcePlace{file_, line, 0, line_of(text_, line)};
        found_.push_back({std::move(id), severity, std::move(place), {}, std::move(message), std::move(fix)});
    }

    void add_error(const Error& error) {
        const std::string first = error.message.substr(0, error.message.find('\n'));
        const PlacedMessage placed = place_message(file_, text_, first);
        if (placed.message.find("not available in this build") != std::string::npos) return;   // Said with its own id.
        add("runbook-error", Severity::Error, placed.place.line, placed.message, error.hint);
    }

    std::vector<Finding> sorted() {
        std::ranges::stable_sort(found_, {}, [](const Finding& finding) { return finding.place->line; });
        return std::move(found_);
    }

private:
    const std::string& text_;
    std::string file_;
    std::set<std::pair<std::string, int>> seen_;
    std::vector<Finding> found_;
};

std::vector<std::string> known_names() {
    std::vector<std::string> names = language().names();
    for (std::string& name : Script::library_names()) names.push_back(std::move(name));
    return names;
}

void check_names(const std::string& text, Findings& findings) {
    const auto tokens = lua_tokens(text);
    const auto known = known_names();
    for (const UnknownName& unknown : unknown_names(tokens, known)) {
        const auto meant = closest_match(unknown.name, known);
        findings.add("unknown-name", Severity::Error, unknown.line, fmt::format("unknown name '{}'", unknown.name),
                     meant ? fmt::format("Did you mean '{}'?", *meant) : "Names are declared with `local`, or are words of the language.");
    }
    for (const EffectSpec& effect : language().effects) {
        if (effect.not_available.empty()) continue;
        for (const UnknownName& use : uses_of(tokens, effect.name)) {
            findings.add("not-available", Severity::Error, use.line,
                         fmt::format("{} is not available in this build: {}", effect.name, effect.not_available),
                         "The runbook can be run once a build has it.");
        }
    }
}

void check_declarations(const Runbook& runbook, Findings& findings) {
    if (runbook.name != runbook.file.stem().string()) {
        findings.add("name-differs", Severity::Warning, 1,
                     fmt::format("the runbook is called '{}' but its file '{}'", runbook.name, runbook.file.filename().string()),
                     "It is run by the name of its file: make both the same.");
    }
    for (const ParameterDefinition& parameter : runbook.params) {
        // One of several is often said by its choices; everything else has something to explain.
        if (!parameter.help.empty() || parameter.type == ParameterType::OneOf) continue;
        findings.add("no-help", Severity::Note, parameter.line, fmt::format("parameter '{}' has no help", parameter.name),
                     "Say what it is for: help = \"…\".");
    }
}

void check_step(const StepRequest& step, LiveGuards& guards, Findings& findings) {
    const EffectSpec& spec = *step.effect->spec;
    const ValueMap& arguments = step.effect->arguments;
    if (!spec.leaves.empty() && !step.undo) {
        findings.add("no-undo", Severity::Warning, step.line, fmt::format("\"{}\" leaves {} and has no undo", step.title, spec.leaves),
                     "Give the step an undo, such as { undo = drop.copy }.");
    }
    if (!guards.has_wanted_approval(spec, arguments)) {
        findings.add("no-approval", Severity::Error, step.line, fmt::format("\"{}\" is done without approval", step.title),
                     "Put approve { \"…\", into = …, shows = … } before it; the engine refuses the step otherwise.");
    }
    const std::string changed = LiveGuards::changed_by(spec, arguments);
    if (!changed.empty() && !guards.is_approved(changed)) {
        findings.add("no-approval", Severity::Error, step.line, fmt::format("\"{}\" changes {} without approval", step.title, changed),
                     "Put approve { \"…\", into = …, shows = … } before it; the engine refuses the step otherwise.");
    }
    if (!changed.empty() && !guards.is_backed_up(changed)) {
        findings.add("no-safety-backup", Severity::Error, step.line,
                     fmt::format("\"{}\" changes {} without a backup of it before", step.title, changed),
                     "Put a step with backup.now before it; the engine refuses the step otherwise.");
    }
    guards.done(spec, arguments);
}

void check_walk(const Walk& walk, Findings& findings) {
    LiveGuards guards;
    for (const Handle& request : walk.requests) {
        if (const auto step = std::dynamic_pointer_cast<const StepRequest>(request)) check_step(*step, guards, findings);
        if (const auto approval = std::dynamic_pointer_cast<const ApproveRequest>(request)) guards.approved(approval->fields);
    }
    for (const auto& effect : walk.forgotten) {
        findings.add("effect-not-used", Severity::Error, effect->line, fmt::format("{} is made but never handed to a step", effect->text()),
                     "An effect does nothing by itself: step(\"title\", …).");
    }
    if (walk.error) findings.add_error(*walk.error);
    else if (walk.done == nullptr && !walk.expectation_failed) {
        findings.add("never-done", Severity::Note, 0, "the body can end without `return done { … }`", "End it with what came of it.");
    }
}

Value unknown_parameter(const ParameterDefinition& parameter) {
    switch (parameter.type) {
        case ParameterType::OneOf: return parameter.choices.front();
        case ParameterType::Boolean: return true;
        case ParameterType::List: return ValueList{};
        case ParameterType::Span: return "1h";
        case ParameterType::Identifier: return Unknown{parameter.name, "text"};
        default: return Unknown{parameter.name, std::string(name_of(parameter.type))};
    }
}

// The first has every parameter; each of the others has one that is left out or chosen differently.
std::vector<Value> parameter_variants(const Runbook& runbook) {
    Record first{"parameters", {}};
    for (const ParameterDefinition& parameter : runbook.params) first.fields[parameter.name] = unknown_parameter(parameter);
    std::vector<Value> variants{first};
    const auto vary = [&](const ParameterDefinition& parameter, Value value) {
        Record other = first;
        other.fields[parameter.name] = std::move(value);
        variants.emplace_back(std::move(other));
    };
    for (const ParameterDefinition& parameter : runbook.params) {
        for (std::size_t i = 1; i < parameter.choices.size(); ++i) vary(parameter, parameter.choices[i]);
        if (parameter.type == ParameterType::Boolean) vary(parameter, false);
        else if (parameter.optional && parameter.default_value.is_null() && parameter.type != ParameterType::List) vary(parameter, {});
    }
    return variants;
}

// Walks every way through the body: each question is answered yes first, then no.
void walk_all(const std::string& text, const fs::path& file, const Value& parameters, int& walks_left, Findings& findings) {
    std::vector<bool> answers;
    do {
        std::size_t at = 0;
        const Walk walk = walk_runbook(text, file, language(), parameters, [&](const std::string& comparison, int line, int asked) {
            if (at < answers.size()) return static_cast<bool>(answers[at++]);
            if (at >= kQuestionsMax || asked > 1) return answer_for_rehearsal(comparison, line, asked);
            answers.push_back(true);
            ++at;
            return true;
        });
        check_walk(walk, findings);
        while (!answers.empty() && !answers.back()) answers.pop_back();
        if (!answers.empty()) answers.back() = false;
    } while (!answers.empty() && --walks_left > 0);
}

}  // namespace

std::vector<Finding> lint_runbook(const std::string& text, const fs::path& file) {
    Findings findings(text, file);
    check_names(text, findings);
    try {
        const SystemClock clock;
        MadeEffects made;
        Script script(file.string(), clock);
        const Runbook runbook = declare_runbook(script, language(), made, text, file).runbook;
        check_declarations(runbook, findings);
        int walks_left = kWalksMax;
        for (const Value& parameters : parameter_variants(runbook)) {
            if (walks_left > 0) walk_all(text, file, parameters, walks_left, findings);
        }
    } catch (const Error& error) {
        findings.add_error(error);
    }
    return findings.sorted();
}

}  // namespace holdfast
