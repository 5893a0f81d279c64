#include "dsl/prelude/check.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/model/period.hpp"

namespace holdfast {
namespace {

bool is_text_list(const Value& value) {
    const auto* list = value.as<ValueList>();
    return list != nullptr && std::ranges::all_of(*list, [](const Value& one) { return one.as<std::string>() != nullptr; });
}

bool unknown_fits(std::string_view type, const Unknown& unknown) {
    if (unknown.type.empty() || unknown.type == type || type == "any") return true;
    if (type == "place") return unknown.type == "copy" || unknown.type == "database";
    if (type == "period" || type == "duration") return unknown.type == "text" || unknown.type == "duration";   // Its own text tells later.
    if (type.starts_with("list")) return unknown.type.starts_with("list");
    return false;
}

const std::string& wanted(const ArgumentSpec& argument, std::string& text) {
    text = argument.type;
    if (argument.type == "duration" || argument.type == "period") text += " with its unit, such as \"45m\"";
    if (!argument.choices.empty()) text = "one of " + join(argument.choices, ", ");
    return text;
}

void check_argument(const EffectSpec& effect, const ArgumentSpec& argument, const Value& value) {
    const auto* text = value.as<std::string>();
    const bool chosen = argument.choices.empty() || value.is_unknown() ||
                        (text != nullptr && std::ranges::find(argument.choices, *text) != argument.choices.end());
    if (fits(argument.type, value) && chosen) return;
    std::string want;
    throw Error(ErrorCode::BadRunbook, fmt::format("'{}' of {} wants {}, not {}", argument.name, effect.name, wanted(argument, want),
                                                   text != nullptr ? "\"" + printable(*text, 60) + "\"" : kind_of(value)));
}

void refuse_unknown_argument(const EffectSpec& effect, const std::string& name) {
    std::vector<std::string> names;
    for (const ArgumentSpec& argument : effect.arguments) names.push_back(argument.name);
    const auto meant = closest_match(name, names);
    throw Error(ErrorCode::BadRunbook,
                fmt::format("{} has no argument '{}'{}", effect.name, name,
                            meant ? fmt::format("; did you mean '{}'?", *meant) : fmt::format("; it takes {}", join(names, ", "))));
}

}  // namespace

bool fits(std::string_view type, const Value& value) {
    if (const auto* unknown = value.as<Unknown>()) return unknown_fits(type, *unknown);
    const auto* text = value.as<std::string>();
    if (type == "any") return true;
    if (type == "nothing") return value.is_null();
    if (type == "text" || type == "location") return text != nullptr;
    if (type == "integer") return value.as<std::int64_t>() != nullptr;
    if (type == "boolean") return value.as<bool>() != nullptr;
    if (type == "duration") return text != nullptr && parse_duration(*text).has_value();
    if (type == "period") return text != nullptr && parse_period(*text).has_value();
    if (type == "database") return value.record("database") != nullptr || text != nullptr;
    if (type == "place") return value.record("database") != nullptr || value.record("copy") != nullptr || text != nullptr;
    if (type == "list of text") return is_text_list(value);
    return value.record(type) != nullptr;
}

ValueMap check_arguments(const EffectSpec& effect, const Value& given) {
    if (!effect.not_available.empty()) {
        throw Error(ErrorCode::BadRunbook, fmt::format("{} is not available in this build: {}", effect.name, effect.not_available));
    }
    const auto* list = given.as<ValueList>();
    const auto* map = given.as<ValueMap>();
    if (map == nullptr && !(list != nullptr && list->empty())) {
        throw Error(ErrorCode::BadRunbook, fmt::format("{} takes a table: {} {{ {} = … }}", effect.name, effect.name,
                                                       effect.arguments.empty() ? "name" : effect.arguments.front().name));
    }
    const ValueMap arguments = map != nullptr ? *map : ValueMap{};
    for (const auto& [name, value] : arguments) {
        const auto known = std::ranges::find(effect.arguments, name, &ArgumentSpec::name);
        if (known == effect.arguments.end()) refuse_unknown_argument(effect, name);
        check_argument(effect, *known, value);
    }
    for (const ArgumentSpec& argument : effect.arguments) {
        if (argument.required && !arguments.contains(argument.name)) {
            throw Error(ErrorCode::BadRunbook, fmt::format("{} needs '{}': {}", effect.name, argument.name, argument.help));
        }
    }
    return arguments;
}

ValueMap undo_arguments(const EffectSpec& undo, const ValueMap& done, const Value& result) {
    ValueMap arguments;
    for (const ArgumentSpec& argument : undo.arguments) {
        const auto same = done.find(argument.name);
        if (!result.is_null() && fits(argument.type, result)) {
            arguments[argument.name] = result;
        } else if (same != done.end() && fits(argument.type, same->second)) {
            arguments[argument.name] = same->second;
        } else if (argument.required) {
            throw Error(ErrorCode::BadRunbook,
                        fmt::format("{} cannot undo this step: it needs a {} as '{}', which the step neither takes nor gives", undo.name,
                                    argument.type, argument.name));
        }
    }
    return arguments;
}

std::string database_of(const Value& value) {
    if (const auto* text = value.as<std::string>()) return *text;
    const auto* record = value.as<Record>();
    if (record == nullptr || record->type == "copy") return {};
    for (const char* field : {"database", "into", "name"}) {
        if (const auto* text = value.field(field).as<std::string>()) return *text;
    }
    return {};
}

std::string sentence_of(const EffectSpec& effect, const ValueMap& arguments) {
    std::string text = effect.sentence;
    for (const auto& [name, value] : arguments) {
        const std::string mark = "{" + name + "}";
        if (const std::size_t at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), for_people(value, 80));
    }
    if (const auto before = arguments.find("before"); before != arguments.end()) {
        text += " strictly before " + for_people(before->second, 80);
    }
    return text;
}

Value unknown_field(const Surface& surface, const Unknown& unknown, const std::string& field) {
    const RecordSpec* record = surface.record(unknown.type);
    if (record == nullptr) return Unknown{field + " of " + unknown.of, ""};
    const auto found = std::ranges::find(record->fields, field, &FieldSpec::name);
    if (found != record->fields.end()) return Unknown{field + " of " + unknown.of, found->type};
    std::vector<std::string> names;
    for (const FieldSpec& known : record->fields) names.push_back(known.name);
    const auto meant = closest_match(field, names);
    throw Error(ErrorCode::BadRunbook, fmt::format("a value of type {} has no field '{}'{}", unknown.type, field,
                                                   meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
}

std::vector<std::string> evidence_lines(const Value& value) {
    std::vector<std::string> lines;
    if (const auto* list = value.as<ValueList>()) {
        for (const Value& one : *list) {
            for (std::string& line : evidence_lines(one)) lines.push_back(std::move(line));
        }
        return lines;
    }
    if (const auto* shown = value.field("shown").as<ValueList>()) {
        for (const Value& line : *shown) lines.push_back(for_people(line, 400));
        return lines;
    }
    const ValueMap* fields = value.as<ValueMap>();
    if (const auto* record = value.as<Record>()) fields = &record->fields;
    if (fields == nullptr) return {for_people(value, 400)};
    for (const auto& [name, field] : *fields) {
        if (!field.is_null()) lines.push_back(fmt::format("{}: {}", name, for_people(field, 300)));
    }
    return lines;
}

}  // namespace holdfast
