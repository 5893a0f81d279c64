// `init`: writes what a project needs to begin: a commented policy, its schema, a CI job, a .gitignore.
#pragma once

#include <string>
#include <vector>

#include "engine/base/file.hpp"
#include "engine/policy/starter.hpp"

namespace holdfast {

struct InitDone {
    std::vector<fs::path> written;
    std::vector<std::string> notes;   // Sentences: what was there already and needs a hand.
};

// Writes into `here`. Throws AlreadyExists, having written nothing, where the policy folder holds a policy already.
InitDone initialise(const fs::path& here, const StarterOptions& options);

}  // namespace holdfast
