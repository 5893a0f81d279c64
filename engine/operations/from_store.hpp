// An installation made of what a store holds, on a machine that has nothing else: no policy folder, no catalog, no state.
//
// Its databases are those that have recovery points in the store; how their applications are stopped and started nobody has said.
// What is done is recorded under the person's own state folder, so that a run can be taken up again; for that the address of the
// store and where the key comes from are kept there too, never the key.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/operations/built.hpp"

namespace holdfast {

struct FromStore {
    std::string url;                   // "file:///srv/backups"
    std::optional<std::string> key;    // "env:NAME", "file:PATH", "command:…", or "none"; BACKUP_ENCRYPTION_KEY when left out.
};

// Where such installations keep their state: $XDG_STATE_HOME/holdfast, or .local/state/holdfast in the home folder. `variable` reads
// the environment. Throws Error{Usage} where neither is known.
fs::path state_home(const std::function<std::optional<std::string>(const std::string&)>& variable);

// Opens the store and looks what is in it. Throws Missing (no repository there, or no points), WrongKey, Usage.
Policy policy_from_store(const Built& built, const FromStore& from, const fs::path& state_home);

// Those that were used on this machine before and have runs, newest first.
std::vector<FromStore> stores_used_before(const fs::path& state_home);

}  // namespace holdfast
