// Predicts how long recovery takes after each disaster, from what this installation has measured itself.
//
// Predicted = size of the database / restore rate + log of the worst chain / replay rate + size / check rate, each rate the 10th
// percentile on this host and for this engine, from the store that survives. Every point lists all its pages, so that a chain is one
// state and the log after it; the longest is what lies between two states by the schedule, in two years of real calendar. It is a
// prediction, not a bound: what was not measured is unproven, which is never a pass. Drills measure the whole (RTO-MEASURED).
#pragma once

#include <unordered_map>

#include "engine/compliance/rates.hpp"
#include "engine/compliance/rpo.hpp"
#include "engine/model/log.hpp"

namespace holdfast {

// What there is to bring back.
struct RecoverySize {
    std::uint64_t bytes = 0;             // Of the largest state on record.
    double log_bytes_per_hour = 0;       // At its busiest.
    bool has_log = false;                // A log is on record at all.
};
RecoverySize recovery_size(std::span<const RecoveryPoint> points, std::span<const LogWindow> windows);

struct RtoTerm {
    std::string what;                    // "restore 12.0 GiB from local"
    Duration slow{0}, usual{0};
    Rate rate;
};

struct RtoProof {
    DatabaseName database;
    EnvironmentName environment;
    Disaster disaster = Disaster::AccidentalDeletion;
    std::optional<Duration> promised;            // The environment's RTO.
    ProofVerdict verdict = ProofVerdict::Unproven;
    StoreName copy;                              // The store that is read from.
    std::vector<RtoTerm> terms;
    std::optional<Duration> predicted, usual;    // With slow rates, and with usual ones; nothing where a term is unknown.
    std::size_t measurements = 0;                // Of the term that has fewest.
    std::optional<Instant> oldest, newest;
    std::string why;                             // Why it is unproven.
    std::string fix;                             // The cheapest change that makes it hold, or what to do to have it measured.
};

// "3m 10s restore 12.0 GiB from local + 20s check"
std::string terms_text(const RtoProof& proof);

struct RtoKnown {
    Rates& rates;
    const std::unordered_map<std::string, RecoverySize>& sizes;    // By database; without an entry it has no backup.
};

// By database in the policy's order, then disaster. `databases` empty: all. Requires: the policy has passed its check.
std::vector<RtoProof> prove_rto(const Policy& policy, SlotLists& slots, const RtoKnown& known, const std::vector<DatabaseName>& databases = {});

}  // namespace holdfast
