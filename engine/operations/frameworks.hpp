// Frameworks as files: frameworks/*.yaml in the policy folder, then those shipped. A new file is a new framework.
#pragma once

#include "engine/compliance/framework.hpp"
#include "engine/operations/built.hpp"

namespace holdfast {

// Throws Error{BadPolicy} with file, line and column for what is wrong, a check that does not exist among it.
Framework read_framework(std::string file, std::string text);

// By name, each once: a file of one's own hides a shipped one of that name.
std::vector<Framework> list_frameworks(const Built& built, const fs::path& policy_folder);
// Throws Error{Usage} with a suggestion.
Framework find_framework(const Built& built, const fs::path& policy_folder, const std::string& name);

}  // namespace holdfast
