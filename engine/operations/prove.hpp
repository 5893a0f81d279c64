// `policy prove`: what a disaster may cost at most, from the policy alone. Offline: no catalog, store or key is touched.
#pragma once

#include "engine/compliance/rpo.hpp"
#include "engine/policy/load.hpp"

namespace holdfast {

struct ProveAsked {
    std::vector<DatabaseName> databases = {};   // Empty: all.
    std::optional<int> missed = {};             // Failed runs in a row; otherwise none and as many as the floor names.
    Instant as_of{};                            // The two years from this day on are looked at.
};

struct Proofs {
    std::vector<RpoProof> rpo;
    std::size_t failed = 0;                // Do not hold.
    std::size_t unproven = 0;
    int exit_status() const;               // 1 where one does not hold, 0 else.
};

// Throws Error{Usage} with a suggestion for a database that is not there.
Proofs prove_policy(const Policy& policy, const ProveAsked& asked);

// A table and what to do, for a merge request.
std::string to_markdown(const Proofs& proofs, const std::string& zone);

}  // namespace holdfast
