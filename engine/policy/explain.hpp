// Answers "why is this value what it is": the effective value and the line it comes from, through
// `extends`, environment and floor.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/policy/load.hpp"

namespace holdfast {

struct ExplainRow {
    std::string field;                  // "retention.daily"
    std::string value;                  // "30d"
    std::optional<SourcePlace> place;   // Nothing: the language's default.
    std::string via;                    // "database orders", "policy chain, extended by chain-hourly", "floor of environment prod", "default".
};
struct Explanation {
    DatabaseName database;
    std::string field;                  // What was asked for; empty: everything.
    std::vector<ExplainRow> rows;
};

// `target` is DATABASE or DATABASE.FIELD, where FIELD may also be a group ("retention"). Throws
// Error{Usage} with a suggestion where there is no such database or field.
Explanation explain_policy(const LoadedPolicy& loaded, std::string_view target);

}  // namespace holdfast
