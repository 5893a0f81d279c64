#include "dsl/load/parameters.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kTextBytesMax = 4096;
constexpr std::size_t kListMax = 10'000;

[[noreturn]] void refuse(const ParameterDefinition& parameter, std::string_view what, std::string hint = {}) {
    throw Error(ErrorCode::Usage, fmt::format("{}: {}", parameter.flag, what), std::move(hint));
}

Value database_record(const DatabaseSpec& spec) {
    return Record{"database", {{"name", spec.name.str()}, {"engine", std::string(name_of(spec.engine))}}};
}

std::vector<std::string> database_names(const Policy& policy) {
    std::vector<std::string> names;
    for (const DatabaseSpec& spec : policy.databases) names.push_back(spec.name.str());
    return names;
}

Value read_database(const ParameterDefinition& parameter, const std::string& text, const Policy& policy) {
    if (const DatabaseSpec* spec = policy.database(DatabaseName(text))) return database_record(*spec);
    const auto names = database_names(policy);
    const auto meant = closest_match(text, names);
    refuse(parameter, fmt::format("there is no database '{}'", printable(text, 60)),
           meant ? fmt::format("Did you mean '{}'?", *meant) : fmt::format("The policy has: {}.", join(names, ", ")));
}

Value read_integer(const ParameterDefinition& parameter, const std::string& text) {
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size()) refuse(parameter, fmt::format("'{}' is no whole number", printable(text, 60)));
    return value;
}

Value read_choice(const ParameterDefinition& parameter, const std::string& text) {
    if (std::ranges::find(parameter.choices, text) != parameter.choices.end()) return text;
    const auto meant = closest_match(text, parameter.choices);
    refuse(parameter, fmt::format("'{}' is not one of {}", printable(text, 60), join(parameter.choices, ", ")),
           meant ? fmt::format("Did you mean '{}'?", *meant) : "");
}

// A moment, or the moment of a transaction, which it then carries.
Value read_moment(const std::string& text, const ParameterContext& context) {
    const auto before = context.read_transaction ? context.read_transaction(text) : std::nullopt;
    return before ? before_value(*before) : instant_value(context.read_instant(text));
}

Value read_one(const ParameterDefinition& parameter, ParameterType type, const std::string& text, const ParameterContext& context) {
    if (text.size() > kTextBytesMax || text.find('\0') != std::string::npos) refuse(parameter, "the text is too long or contains NUL");
    if (text.empty() && type != ParameterType::Text) refuse(parameter, "wants a value");
    switch (type) {
        case ParameterType::Database: return read_database(parameter, text, context.policy);
        case ParameterType::Moment: return within(parameter.flag, [&] { return read_moment(text, context); });
        case ParameterType::OneOf: return read_choice(parameter, text);
        case ParameterType::Integer: return read_integer(parameter, text);
        case ParameterType::Boolean:
            if (text != "true" && text != "false") refuse(parameter, "is given alone, or as =true or =false");
            return text == "true";
        case ParameterType::Span:
            if (!parse_duration(text)) refuse(parameter, fmt::format("'{}' is no duration", printable(text, 60)), "Write a number with its unit, such as 45m or 2h.");
            return text;
        default: return text;
    }
}

Value read_list(const ParameterDefinition& parameter, const std::vector<std::string>& texts, const ParameterContext& context) {
    if (texts.size() > kListMax) refuse(parameter, "is given too often");
    ValueList list;
    for (const std::string& text : texts) list.push_back(read_one(parameter, parameter.of, text, context));
    return list;
}

Value left_out(const Runbook& runbook, const ParameterDefinition& parameter, const ParameterContext& context) {
    if (!parameter.default_value.is_null()) return parameter.default_value;
    if (parameter.type == ParameterType::List && parameter.optional) return ValueList{};
    if (parameter.type == ParameterType::Boolean) return false;
    if (parameter.type == ParameterType::Database && context.policy.databases.size() == 1) {
        return database_record(context.policy.databases.front());
    }
    if (parameter.optional) return {};
    const std::string hint = parameter.type == ParameterType::Database
                                 ? fmt::format("The policy has: {}.", join(database_names(context.policy), ", "))
                                 : fmt::format("`runbook run {} --help` shows all parameters.", runbook.name);
    throw Error(ErrorCode::Usage, fmt::format("{} is missing: {}", parameter.flag, parameter.help.empty() ? parameter.name : parameter.help), hint);
}

Value read_given(const ParameterDefinition& parameter, const std::vector<std::string>& texts, const ParameterContext& context) {
    if (parameter.type == ParameterType::List) return read_list(parameter, texts, context);
    if (texts.size() > 1) refuse(parameter, "is given twice");
    return read_one(parameter, parameter.type, texts.front(), context);
}

std::string type_text(const ParameterDefinition& parameter) {
    switch (parameter.type) {
        case ParameterType::Boolean: return "";
        case ParameterType::OneOf: return join(parameter.choices, "|");
        case ParameterType::List: return std::string(name_of(parameter.of)) + " …";
        default: return std::string(name_of(parameter.type));
    }
}

std::string need_text(const ParameterDefinition& parameter) {
    if (!parameter.default_value.is_null()) return fmt::format(" [{}]", for_people(parameter.default_value));
    if (parameter.type == ParameterType::Boolean) return "";
    if (parameter.type == ParameterType::Database) return "";   // Its help says when it may be left out.
    return parameter.optional ? " (optional)" : " (required)";
}

}  // namespace

Value read_parameters(const Runbook& runbook, const std::map<std::string, std::vector<std::string>>& given,
                      const ParameterContext& context) {
    for (const auto& [name, texts] : given) {
        if (runbook.parameter(name) == nullptr) throw Error(ErrorCode::Usage, fmt::format("{} has no parameter '{}'", runbook.name, name));
    }
    Record record{"parameters", {}};
    for (const ParameterDefinition& parameter : runbook.params) {
        const auto texts = given.find(parameter.name);
        record.fields[parameter.name] = texts != given.end() && !texts->second.empty() ? read_given(parameter, texts->second, context)
                                                                                       : left_out(runbook, parameter, context);
    }
    return record;
}

std::map<std::string, std::vector<std::string>> split_arguments(const Runbook& runbook, const std::vector<std::string>& arguments) {
    std::vector<std::string> flags;
    for (const ParameterDefinition& parameter : runbook.params) flags.push_back(parameter.flag);
    std::map<std::string, std::vector<std::string>> given;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::size_t equals = arguments[i].starts_with("--") ? arguments[i].find('=') : std::string::npos;
        const std::string flag = arguments[i].substr(0, equals);
        const auto parameter = std::ranges::find(runbook.params, flag, &ParameterDefinition::flag);
        if (parameter == runbook.params.end()) {
            const auto meant = closest_match(flag, flags);
            throw Error(ErrorCode::Usage, fmt::format("{} has no parameter '{}'", runbook.name, printable(flag, 60)),
                        meant ? fmt::format("Did you mean {}?", *meant)
                              : flags.empty() ? "It takes none." : fmt::format("It takes {}.", join(flags, ", ")));
        }
        if (equals != std::string::npos) given[parameter->name].push_back(arguments[i].substr(equals + 1));
        else if (parameter->type == ParameterType::Boolean) given[parameter->name].push_back("true");
        else if (i + 1 < arguments.size()) given[parameter->name].push_back(arguments[++i]);
        else throw Error(ErrorCode::Usage, fmt::format("{} wants a value", flag), parameter->help);
    }
    return given;
}

std::string parameter_help(const Runbook& runbook) {
    std::vector<std::string> heads;
    std::size_t width = 0;
    for (const ParameterDefinition& parameter : runbook.params) {
        const std::string type = type_text(parameter);
        heads.push_back(fmt::format("  {}{}{}", parameter.flag, type.empty() ? "" : " ", type));
        width = std::max(width, std::min<std::size_t>(heads.back().size(), 36));
    }
    std::string text;
    for (std::size_t i = 0; i < heads.size(); ++i) {
        text += fmt::format("{:<{}}  {}{}\n", heads[i], width, runbook.params[i].help, need_text(runbook.params[i]));
    }
    return text;
}

}  // namespace holdfast
