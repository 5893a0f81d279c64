// Which copy of a database's backups survives a disaster.
#pragma once

#include <optional>
#include <string>

#include "engine/model/policy.hpp"

namespace holdfast {

// The disasters of the policy's `scenarios:`.
enum class Disaster : std::uint8_t { AccidentalDeletion, Corruption, TotalFailure };
inline constexpr std::size_t kDisasterCount = 3;
std::string_view name_of(Disaster disaster);    // accidental-deletion, corruption, total-failure

struct Survivor {
    const StoreSpec* store = nullptr;   // nullptr: none is known to survive.
    bool is_first = true;               // It is the one that backups are written to: nothing has to be copied first.
    bool unknown = false;               // None is known to, but the sites of some are not said.
    std::string because = {};           // A sentence's end: what is taken for granted, or why none survives.
};

// Deletion and corruption leave the stores alone. A total failure takes the site where the database runs with all that stands
// there. That site is the one of the environment's first `file:` store; a store of another kind and without a site is
// elsewhere, one of the kind `file:` without a site nobody knows about.
Survivor survivor_of(const Policy& policy, const EnvironmentSpec& environment, Disaster disaster);

// "file" of "file:///srv/backups".
std::string_view scheme_of(const StoreSpec& store);

}  // namespace holdfast
