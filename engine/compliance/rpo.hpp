// Proves, before the fact and from the policy alone, how much work each disaster may cost at most.
//
// Worst loss = the longest time from a slot to the (1+m)-th after it in the finest stream that can be used, over two years of
// real calendar, + start_within + finish_within of the run that ends it + the lag of the copy that survives. It is a proof
// because the job runner enforces each term: what starts later is missed, what runs longer is stopped, and a copy that takes
// longer than its backup may take is stopped as well (engine/job). m is how many runs in a row may fail.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/compliance/slot_lists.hpp"
#include "engine/compliance/survivors.hpp"

namespace holdfast {

// Unproven is not a pass: a term is not bounded, and `why` says which.
enum class ProofVerdict : std::uint8_t { Holds, DoesNotHold, Unproven, NothingPromised };
std::string_view name_of(ProofVerdict verdict);    // holds, does-not-hold, unproven, nothing-promised

struct ProofTerm {
    std::string what;       // "between runs", "start_within", "finish_within", "copy to offsite"
    Duration time{0};
    bool operator==(const ProofTerm&) const = default;
};

struct RpoProof {
    DatabaseName database;
    EnvironmentName environment;
    Disaster disaster = Disaster::AccidentalDeletion;
    int missed = 0;                        // So many runs in a row fail.
    std::optional<Duration> promised;      // The environment's RPO.
    ProofVerdict verdict = ProofVerdict::Unproven;
    std::string stream;                    // "log (every 3m)"; what the database is brought back from.
    StoreName copy;                        // The store that survives.
    std::vector<ProofTerm> terms;
    std::optional<Duration> worst;         // Their sum; nothing where nothing bounds it.
    std::optional<Instant> worst_from, worst_until;   // The slots of the worst case.
    std::string why;                       // Why it is unproven, or that no copy survives.
    std::string fix;                       // The smallest change of one value that makes it hold.
    std::vector<std::string> assumes;      // Sentences: what is taken for granted.
    bool no_copy = false;                  // No copy survives: COPY-SITES says the same.
    bool operator==(const RpoProof&) const = default;
};

// "6m between runs + 1m start_within + 2m finish_within"
std::string terms_text(const RpoProof& proof);

struct RpoRequest {
    std::vector<DatabaseName> databases = {};   // Empty: all.
    std::optional<int> missed = {};             // Otherwise none, and as many as the environment's floor names.
};

// By database in the policy's order, disaster, then failed runs. Requires: the policy has passed its check.
std::vector<RpoProof> prove_rpo(const Policy& policy, SlotLists& slots, const RpoRequest& request = {});

}  // namespace holdfast
