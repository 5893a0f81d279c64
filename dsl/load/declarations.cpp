#include "dsl/load/declarations.hpp"

#include <algorithm>
#include <array>

#include "dsl/lua/excerpt.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 10> kTypeNames{"database", "instant", "list",     "one_of",     "text",
                                                      "integer",  "boolean", "location", "identifier", "duration"};
// Flags of the command itself.
constexpr std::array<std::string_view, 15> kTakenFlags{"--plan",  "--yes",         "--help",     "--format",      "--policies",
                                                       "--as-of", "--environment", "--quiet",    "--verbose",     "--state",
                                                       "--color", "--no-color",    "--progress",  "--from",        "--key"};

struct DeclaredParameter final : HostObject {
    ParameterDefinition definition;
    std::string text() const override { return "a parameter"; }
};

struct DeclaredRunbook final : HostObject {
    Runbook runbook;
    FunctionValue body;
    std::string text() const override { return "a runbook"; }
};

[[noreturn]] void bad(std::string message) { throw Error(ErrorCode::BadRunbook, std::move(message)); }

template <typename T>
std::shared_ptr<const T> declared(const Value& value) {
    const auto* handle = value.as<Handle>();
    return handle == nullptr ? nullptr : std::dynamic_pointer_cast<const T>(*handle);
}

std::optional<ParameterType> parse_type(std::string_view text) {
    const auto found = std::ranges::find(kTypeNames, text);
    if (found == kTypeNames.end()) return std::nullopt;
    return static_cast<ParameterType>(found - kTypeNames.begin());
}

bool is_identifier(std::string_view name) {
    return !name.empty() && name.size() <= 40 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos &&
           (name[0] < '0' || name[0] > '9');
}

std::string text_option(const std::string& name, const Value& value) {
    if (value.as<std::string>() == nullptr) bad(fmt::format("'{}' of a parameter wants a text", name));
    return *value.as<std::string>();
}

void check_default(const ParameterDefinition& definition) {
    const Value& value = definition.default_value;
    if (value.is_null()) return;
    const auto* text = value.as<std::string>();
    switch (definition.type) {
        case ParameterType::Integer:
            if (value.as<std::int64_t>() == nullptr) bad("the default of param.integer is a whole number");
            return;
        case ParameterType::Boolean:
            if (value.as<bool>() == nullptr) bad("the default of param.boolean is true or false");
            return;
        case ParameterType::Span:
            if (text == nullptr || !parse_duration(*text)) bad("the default of param.duration is a duration with its unit, such as \"45m\"");
            return;
        case ParameterType::OneOf:
            if (text == nullptr || std::ranges::find(definition.choices, *text) == definition.choices.end()) {
                bad(fmt::format("the default of param.one_of is one of {}", join(definition.choices, ", ")));
            }
            return;
        case ParameterType::Database:
        case ParameterType::Moment:
        case ParameterType::List: bad("a parameter of this type has no default; `optional = true` lets it be left out");
        default:
            if (text == nullptr) bad("the default of this parameter is a text");
    }
}

// The choices of one_of stand under "1", "2", …
void read_choices(const ValueMap& options, ParameterDefinition& definition) {
    for (int i = 1; options.contains(std::to_string(i)); ++i) {
        const Value& choice = options.at(std::to_string(i));
        if (choice.as<std::string>() == nullptr) bad("the choices of param.one_of are texts");
        definition.choices.push_back(*choice.as<std::string>());
    }
    if (definition.choices.size() < 2) bad("param.one_of wants two choices or more");
}

bool is_number(std::string_view name) { return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos; }

void read_option(const std::string& name, const Value& value, ParameterDefinition& definition) {
    if (name == "help") definition.help = text_option(name, value);
    else if (name == "flag") definition.flag = text_option(name, value);
    else if (name == "default") definition.default_value = value;
    else if (name == "optional" && value.as<bool>() != nullptr) definition.optional = *value.as<bool>();
    else if (name == "of" && definition.type == ParameterType::List) {
        const auto of = parse_type(text_option(name, value));
        if (!of || *of == ParameterType::List || *of == ParameterType::OneOf || *of == ParameterType::Boolean) {
            bad("a list is `of` text, identifier, integer, instant, duration, location or database");
        }
        definition.of = *of;
    } else if (!(definition.type == ParameterType::OneOf && is_number(name))) {
        const std::vector<std::string> names{"help", "flag", "default", "optional", "of"};
        const auto meant = closest_match(name, names);
        bad(fmt::format("a parameter has no option '{}'{}", name, meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
    }
}

Value make_parameter(ParameterType type, const Script::Call& call, const ValueList& arguments) {
    auto parameter = std::make_shared<DeclaredParameter>();
    ParameterDefinition& definition = parameter->definition;
    definition.type = type;
    definition.line = call.line;
    ValueMap options;
    if (!arguments.empty()) {
        if (const auto* map = arguments[0].as<ValueMap>()) options = *map;
        else if (const auto* list = arguments[0].as<ValueList>()) {
            for (std::size_t i = 0; i < list->size(); ++i) options[std::to_string(i + 1)] = (*list)[i];
        } else bad("a parameter is declared with a table: param.text { help = \"…\" }");
    }
    for (const auto& [name, value] : options) read_option(name, value, definition);
    if (type == ParameterType::OneOf) read_choices(options, definition);
    check_default(definition);
    if (!definition.default_value.is_null()) definition.optional = true;
    return Handle(std::move(parameter));
}

void check_flags(const std::vector<ParameterDefinition>& params) {
    for (const ParameterDefinition& definition : params) {
        const std::string_view flag = definition.flag;
        const bool shaped = flag.size() > 2 && flag.starts_with("--") &&
                            flag.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
        if (!shaped) bad(fmt::format("'{}' is no flag: \"--table\"", flag));
        if (std::ranges::find(kTakenFlags, flag) != kTakenFlags.end()) {
            bad(fmt::format("{} is a flag of the command itself: name the parameter differently, or give it a `flag`", flag));
        }
        if (std::ranges::count(params, definition.flag, &ParameterDefinition::flag) > 1) bad(fmt::format("two parameters want the flag {}", flag));
    }
}

std::vector<ParameterDefinition> read_params(const Value& params) {
    std::vector<ParameterDefinition> definitions;
    const auto* map = params.as<ValueMap>();
    if (map == nullptr) {
        if (params.is_null() || params.as<ValueList>() != nullptr) return definitions;
        bad("`params` is a table: params = { database = param.database { … } }");
    }
    for (const auto& [name, value] : *map) {
        const auto parameter = declared<DeclaredParameter>(value);
        if (parameter == nullptr) bad(fmt::format("parameter '{}' wants a declaration such as param.text {{ … }}, not {}", name, kind_of(value)));
        if (!is_identifier(name)) bad(fmt::format("'{}' is no name for a parameter: lower case letters, digits and '_'", name));
        ParameterDefinition definition = parameter->definition;
        definition.name = name;
        if (definition.flag.empty()) {
            definition.flag = "--" + name;
            std::ranges::replace(definition.flag, '_', '-');
        }
        definitions.push_back(std::move(definition));
    }
    check_flags(definitions);
    return definitions;
}

Value make_runbook(const ValueList& arguments) {
    const auto* map = arguments.empty() ? nullptr : arguments[0].as<ValueMap>();
    if (map == nullptr) bad("runbook takes a table: runbook { name = …, purpose = …, params = { … }, run = function(a) … end }");
    auto runbook = std::make_shared<DeclaredRunbook>();
    for (const auto& [name, value] : *map) {
        if (name == "name") runbook->runbook.name = value.text_or("");
        else if (name == "purpose") runbook->runbook.purpose = value.text_or("");
        else if (name == "params") runbook->runbook.params = read_params(value);
        else if (name == "run" && value.as<FunctionValue>() != nullptr) runbook->body = *value.as<FunctionValue>();
        else if (name == "run") bad("`run` is a function: run = function(a) … end");
        else {
            const std::vector<std::string> names{"name", "purpose", "params", "run"};
            const auto meant = closest_match(name, names);
            bad(fmt::format("a runbook has no '{}'{}", name, meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
        }
    }
    const std::string& name = runbook->runbook.name;
    if (name.empty() || name.size() > 60 || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
        bad("a runbook's `name` has lower case letters, digits and dashes");
    }
    if (trim(runbook->runbook.purpose).empty()) bad("a runbook says its `purpose`");
    if (runbook->body.reference == 0) bad("a runbook has a body: run = function(a) … end");
    return Handle(std::move(runbook));
}

// Lua's tables keep no order; the file does: by line, and within a line by where the name stands.
void sort_as_written(std::vector<ParameterDefinition>& params, const std::string& text) {
    std::ranges::stable_sort(params, {}, [&](const ParameterDefinition& parameter) {
        return std::pair(parameter.line, line_of(text, parameter.line).find(parameter.name));
    });
}

}  // namespace

std::string_view name_of(ParameterType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

Declarations declare_runbook(Script& script, const Surface& surface, MadeEffects& made, const std::string& text, const fs::path& file) {
    for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
        const auto type = static_cast<ParameterType>(i);
        script.bind({fmt::format("param.{}", kTypeNames[i]),
                     [type](const Script::Call& call, const ValueList& arguments) { return make_parameter(type, call, arguments); }, false});
    }
    script.bind({"runbook", [](const Script::Call&, const ValueList& arguments) { return make_runbook(arguments); }, false});
    bind_words(script, surface, made);
    const auto runbook = declared<DeclaredRunbook>(script.run_chunk(text));
    if (runbook == nullptr) {
        throw error_at(file.string(), text, 0, "the file does not return a runbook", "A runbook file ends with `return runbook { … }`.");
    }
    if (!made.effects.empty()) {
        throw error_at(file.string(), text, made.effects.front()->line, "effects belong inside `run`");
    }
    Declarations declarations{runbook->runbook, runbook->body};
    sort_as_written(declarations.runbook.params, text);
    declarations.runbook.file = file;
    declarations.runbook.text = text;
    declarations.runbook.hash = to_hex(sha256(as_bytes(text)));
    return declarations;
}

}  // namespace holdfast
