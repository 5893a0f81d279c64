#include "dsl/prelude/words.hpp"

#include <algorithm>

#include "dsl/prelude/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kEffectsMax = 10'000;
constexpr std::int64_t kRetryMax = 20;

[[noreturn]] void bad(std::string message) { throw Error(ErrorCode::BadRunbook, std::move(message)); }

const Value& argument_at(const ValueList& arguments, std::size_t index) {
    static const Value kNone;
    return index < arguments.size() ? arguments[index] : kNone;
}

template <typename T>
std::shared_ptr<const T> object_of(const Value& value) {
    const auto* handle = value.as<Handle>();
    return handle == nullptr ? nullptr : std::dynamic_pointer_cast<const T>(*handle);
}

std::string title_of(const Value& value, std::string_view word) {
    std::string title;
    if (const auto* text = value.as<std::string>()) title = *text;
    else if (value.is_unknown()) title = for_people(value);
    else bad(fmt::format("{} begins with a title, not with {}", word, kind_of(value)));
    if (trim(title).empty() || title.size() > 200) bad(fmt::format("the title of {} must have 1 to 200 characters", word));
    return title;
}

const EffectSpec& available(const Surface& surface, const std::string& name) {
    const EffectSpec* spec = surface.effect(name);
    if (spec == nullptr) bad(fmt::format("{} is not an effect", name));
    if (!spec->not_available.empty()) bad(fmt::format("{} is not available in this build: {}", name, spec->not_available));
    return *spec;
}

UndoRequest undo_of(const Surface& surface, const Value& value, const Effect& effect) {
    if (const auto made = object_of<Effect>(value)) {
        made->handed_over = true;
        return {made->spec, made->arguments};
    }
    const auto* function = value.as<FunctionValue>();
    if (function == nullptr || function->bound.empty()) bad("undo wants an effect, such as `undo = drop.copy`");
    const EffectSpec& spec = available(surface, function->bound);
    // Whether it can undo this is known now, by the types; better here than after the step was done.
    undo_arguments(spec, effect.arguments, Unknown{"the step's result", effect.spec->result});
    return {&spec, std::nullopt};
}

void read_options(const Surface& surface, const Value& options, StepRequest& step) {
    if (options.is_null()) return;
    const auto* map = options.as<ValueMap>();
    if (map == nullptr) bad("a step's options are a table: { undo =, timeout =, retry = }");
    for (const auto& [name, value] : *map) {
        if (name == "undo") {
            step.undo = undo_of(surface, value, *step.effect);
        } else if (name == "timeout") {
            const auto* text = value.as<std::string>();
            step.timeout = text != nullptr ? parse_duration(*text) : std::nullopt;
            if (!step.timeout || *step.timeout <= Duration(0)) bad("timeout wants a duration with its unit, such as \"45m\"");
        } else if (name == "retry") {
            const auto* count = value.as<std::int64_t>();
            if (count == nullptr || *count < 0 || *count > kRetryMax) bad(fmt::format("retry wants a number from 0 to {}", kRetryMax));
            step.retry = static_cast<int>(*count);
        } else {
            const std::vector<std::string> names{"undo", "timeout", "retry"};
            const auto meant = closest_match(name, names);
            bad(fmt::format("a step has no option '{}'{}", name, meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
        }
    }
}

Value make_step(const Surface& surface, const Script::Call& call, const ValueList& arguments) {
    auto step = std::make_shared<StepRequest>();
    step->title = title_of(argument_at(arguments, 0), "step");
    step->effect = object_of<Effect>(argument_at(arguments, 1));
    if (step->effect == nullptr) {
        bad(fmt::format("step \"{}\" wants an effect, such as `find.point {{ … }}`, not {}", step->title,
                        kind_of(argument_at(arguments, 1))));
    }
    if (step->effect->handed_over) bad(fmt::format("{} was handed to a step already: make a new one", step->effect->text()));
    read_options(surface, argument_at(arguments, 2), *step);
    if (arguments.size() > 3) bad("step takes a title, an effect and options");
    step->effect->handed_over = true;
    step->line = call.line;
    return Handle(std::move(step));
}

Value make_expectation(const Script::Call& call, const ValueList& arguments) {
    auto expectation = std::make_shared<ExpectRequest>();
    const Value& condition = argument_at(arguments, 0);
    const auto* boolean = condition.as<bool>();
    expectation->holds = !condition.is_null() && (boolean == nullptr || *boolean);
    const Value& message = argument_at(arguments, 1);
    if (message.as<std::string>() == nullptr) bad("expect(condition, \"message\") wants a message");
    expectation->message = *message.as<std::string>();
    expectation->line = call.line;
    return Handle(std::move(expectation));
}

Value make_approval(const Script::Call& call, const ValueList& arguments) {
    auto approval = std::make_shared<ApproveRequest>();
    const Value& given = argument_at(arguments, 0);
    if (const auto* list = given.as<ValueList>(); list != nullptr && list->size() == 1) {
        approval->title = title_of(list->front(), "approve");
    } else if (const auto* map = given.as<ValueMap>()) {
        approval->fields = *map;
        approval->title = title_of(given.field("1"), "approve");
        approval->fields.erase("1");
    } else {
        bad("approve takes a table: approve { \"title\", into = …, shows = … }");
    }
    for (const auto& [name, value] : approval->fields) {
        if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) {
            bad(fmt::format("approve has a title and named fields; '{}' is neither", name));
        }
    }
    approval->line = call.line;
    return Handle(std::move(approval));
}

Value make_done(const Script::Call& call, const ValueList& arguments) {
    auto done = std::make_shared<DoneValue>();
    const Value& given = argument_at(arguments, 0);
    if (const auto* map = given.as<ValueMap>()) done->fields = *map;
    else if (!given.is_null() && !(given.as<ValueList>() != nullptr && given.as<ValueList>()->empty())) {
        bad("done takes a table with names: done { rows = … }");
    }
    done->line = call.line;
    return Handle(std::move(done));
}

}  // namespace

const Effect* MadeEffects::forgotten() const {
    const auto found = std::ranges::find_if(effects, [](const auto& effect) { return !effect->handed_over; });
    return found == effects.end() ? nullptr : found->get();
}

void bind_words(Script& script, const Surface& surface, MadeEffects& made) {
    for (const EffectSpec& spec : surface.effects) {
        script.bind({spec.name, [&spec, &made](const Script::Call& call, const ValueList& arguments) {
                         if (made.effects.size() >= kEffectsMax) bad("a run of more than 10,000 effects");
                         auto effect = std::make_shared<Effect>();
                         effect->spec = &spec;
                         effect->arguments = check_arguments(spec, argument_at(arguments, 0));
                         effect->line = call.line;
                         made.effects.push_back(effect);
                         return Value(Handle(std::move(effect)));
                     }, false});
    }
    script.bind({"step", [&surface](const Script::Call& call, const ValueList& arguments) { return make_step(surface, call, arguments); },
                 true});
    script.bind({"expect", make_expectation, true});
    script.bind({"approve", make_approval, true});
    script.bind({"done", make_done, false});
}

}  // namespace holdfast
