// What can be typed next, for shell completion: names that only a policy, a catalog or a runbook knows.
#pragma once

#include <string>
#include <vector>

#include "engine/operations/open.hpp"

namespace holdfast {

enum class Completable : std::uint8_t { Databases, Environments, Points, Runs, Books };

// Never fails: what cannot be read offers nothing.
std::vector<std::string> completions_of(Completable what, const Built& built, const fs::path& policy_folder);

struct ParameterOffer {
    std::string flag;
    std::vector<std::string> values;    // Choices, or databases; empty: anything.
};
std::vector<ParameterOffer> parameters_of_book(const std::string& book, const Built& built, const fs::path& policy_folder);

}  // namespace holdfast
