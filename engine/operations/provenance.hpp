// Where what is done now comes from: the policy's commit and hash, the machine, the person, the version.
#pragma once

#include <string>

#include "engine/model/policy.hpp"
#include "engine/model/recovery_point.hpp"

namespace holdfast {

struct GitState {
    std::string commit;     // Empty outside git, or without git.
    bool dirty = false;     // The folder differs from that commit.
};
// Asks git, for at most a few seconds.
GitState git_state_of(const std::filesystem::path& folder);

// The user's name by the system's account, not by the environment.
std::string account_name();
std::string host_name();

Provenance provenance_of(const Policy& policy, const std::string& version);

}  // namespace holdfast
