#include "engine/policy/explain.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/effective.hpp"

namespace holdfast {
namespace {

struct Target {
    DatabaseName database;
    std::string field;
};

// Names may hold dots, so the longest name that fits is the database.
Target find_target(const Policy& policy, std::string_view text) {
    const DatabaseSpec* best = nullptr;
    for (const DatabaseSpec& database : policy.databases) {
        const std::string& name = database.name.str();
        const bool fits = text == name || (text.starts_with(name) && text.substr(name.size()).starts_with('.'));
        if (fits && (best == nullptr || name.size() > best->name.str().size())) best = &database;
    }
    if (best != nullptr) return {best->name, std::string(text.substr(std::min(text.size(), best->name.str().size() + 1)))};
    std::vector<std::string> names;
    for (const DatabaseSpec& database : policy.databases) names.push_back(database.name.str());
    const auto meant = closest_match(text.substr(0, text.find('.')), names);
    throw Error(ErrorCode::Usage, fmt::format("the policy has no database {}", printable(text, 100)),
                meant ? fmt::format("Did you mean {}?", *meant) : "Name a database of the policy, or DATABASE.FIELD.");
}

bool is_within(const std::string& field, const std::string& asked) {
    return asked.empty() || field == asked || (field.starts_with(asked) && field.substr(asked.size()).starts_with('.'));
}

// Whose text it is, in words.
std::string say_via(const LoadedPolicy& loaded, const EffectiveField& field) {
    const std::vector<std::string>& path = field.path;
    if (path.size() < 3) return "the folder";
    const std::string& group = path[0];
    const std::string& name = path[1];
    if (group == "databases") return fmt::format("database {}", name);
    if (group == "stores") return fmt::format("store {}", name);
    if (group == "environments") return path[2] == "floor" ? fmt::format("floor of environment {}", name) : fmt::format("environment {}", name);
    const auto giver = loaded.origins.given_by(PolicyName(name), {path.begin() + 2, path.end()});
    if (!giver || *giver == name) return fmt::format("policy {}", name);
    // From the giver down to the policy that the database names.
    const std::vector<std::string> line = loaded.origins.ancestry_of(PolicyName(name));
    std::string text = fmt::format("policy {}", *giver);
    for (auto at = std::ranges::find(line, *giver); at != line.begin();) text += fmt::format(", extended by {}", *--at);
    return text;
}

ExplainRow explain_field(const LoadedPolicy& loaded, const EffectiveField& field) {
    ExplainRow row{.field = field.field, .value = field.value, .place = std::nullopt, .via = "default"};
    row.place = loaded.origins.place_of(field.path);
    // `encryption: none` and the like stand one level above what they decide.
    if (row.place) row.via = say_via(loaded, field);
    return row;
}

[[noreturn]] void throw_no_such_field(const Target& target, const std::vector<EffectiveField>& fields) {
    std::vector<std::string> names;
    for (const EffectiveField& field : fields) {
        names.push_back(field.field);
        const auto dot = field.field.find('.');
        if (dot != std::string::npos) names.push_back(field.field.substr(0, dot));
    }
    const auto meant = closest_match(target.field, names);
    throw Error(ErrorCode::Usage, fmt::format("database {} has no field {}", target.database.str(), printable(target.field, 100)),
                meant ? fmt::format("Did you mean {}?", *meant) : fmt::format("`runbook policy explain {}` shows all of them.", target.database.str()));
}

}  // namespace

Explanation explain_policy(const LoadedPolicy& loaded, std::string_view target_text) {
    const Target target = find_target(loaded.policy, target_text);
    const std::vector<EffectiveField> fields = effective_fields(loaded.policy, target.database);
    Explanation explanation{.database = target.database, .field = target.field, .rows = {}};
    for (const EffectiveField& field : fields) {
        if (is_within(field.field, target.field)) explanation.rows.push_back(explain_field(loaded, field));
    }
    if (explanation.rows.empty()) throw_no_such_field(target, fields);
    return explanation;
}

}  // namespace holdfast
