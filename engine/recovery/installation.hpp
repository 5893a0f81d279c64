// What every job, step and operation works on: one policy and all that belongs to it. Made once by
// engine/operations, passed down by reference; nothing in it is copied.
#pragma once

#include "engine/catalog/catalog.hpp"
#include "engine/model/policy.hpp"
#include "engine/provider/registry.hpp"
#include "engine/repository/repositories.hpp"

namespace holdfast {

struct Installation {
    const Policy& policy;
    Catalog& catalog;
    Repositories& repositories;
    const ProviderRegistry& providers;
    const Clock& clock;
    fs::path state;             // Private folder: catalog.db, cache/, runs/, copies/.
    bool from_store_alone = false;  // The policy was made from what a store holds: nobody has said how applications are stopped.
    bool is_drill = false;          // Everything is redirected to scratch; what acts on the real application is left out.
    Provenance provenance;      // Policy commit, hash, host, user and version; slot and why are each job's own.

    // Throws Error{Usage} with a suggestion where the policy has no such database.
    const DatabaseSpec& database(const DatabaseName& name) const;
    const EnvironmentSpec& environment_of(const DatabaseSpec& spec) const;
    const BackupPolicy& policy_of(const DatabaseSpec& spec) const;
};

}  // namespace holdfast
