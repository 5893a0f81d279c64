// `policy prove`: what a disaster may cost at most, from the policy alone; and how long recovery takes, from what this machine has measured.
// Offline: no store or key is touched, and a catalog only where there is one.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/compliance/rto.hpp"
#include "engine/policy/load.hpp"

namespace holdfast {

struct ProveAsked {
    std::vector<DatabaseName> databases = {};   // Empty: all.
    std::optional<int> missed = {};             // Failed runs in a row; otherwise none and as many as the floor names.
    Instant as_of{};                            // The two years from this day on are looked at.
};

// Rates count that were measured so long before.
inline constexpr Duration kRatesOf = std::chrono::hours(24 * 90);

// What this machine knows of recoveries. Empty where it never did one, as in CI.
struct MeasuredHere {
    std::string host = {};
    std::vector<Measurement> measurements = {};
    std::unordered_map<std::string, RecoverySize> sizes = {};   // By database.
};
// Reads the catalog in the policy's state folder. Nothing is made or upgraded for it where there is none.
MeasuredHere measured_here(const Policy& policy, const Clock& clock, Instant as_of);

struct Proofs {
    std::vector<RpoProof> rpo;
    std::vector<RtoProof> rto;
    std::size_t failed = 0;                // Do not hold, of both.
    std::size_t unproven = 0;
    std::size_t count() const { return rpo.size() + rto.size(); }
    int exit_status() const;               // 1 where one does not hold, 0 else.
};

// Throws Error{Usage} with a suggestion for a database that is not there.
Proofs prove_policy(const Policy& policy, const ProveAsked& asked, const MeasuredHere& measured = {});

// A table and what to do, for a merge request.
std::string to_markdown(const Proofs& proofs, const std::string& zone);

}  // namespace holdfast
