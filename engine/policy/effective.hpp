// What finally holds for one database: every value of its own, its environment, its policy and the folder.
#pragma once

#include <string>
#include <vector>

#include "engine/model/policy.hpp"

namespace holdfast {

struct EffectiveField {
    std::string field;               // "retention.daily", "rpo", "floor.approvals", "encryption.key".
    std::string value;               // As the language writes it: "30d", "[local, offsite]", "true".
    std::vector<std::string> path;   // Where it stands in the folder: {"policies", "chain", "retention", "daily"}.
};

// Returns all fields in a fixed order; values that are neither said nor have a default are left out.
// Throws Error{Missing} with a suggestion where there is no such database.
std::vector<EffectiveField> effective_fields(const Policy& policy, const DatabaseName& database);

// Returns the canonical text of what holds for one database, the same for the same meaning however the
// files are laid out. Its hash pins plans and runs to a policy. It holds no secret.
std::string effective_text(const Policy& policy, const DatabaseName& database);
// The same for the whole folder: every database, then scenarios, drills, notifications, people and waivers.
std::string effective_text(const Policy& policy);

}  // namespace holdfast
