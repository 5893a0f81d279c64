// Evidence is signed when it comes into being: each command that drills, verifies or answers an approval ends with this, and what a
// crash kept from being signed is signed by the next one. A statement says itself when it was signed.
#pragma once

#include "engine/operations/attest.hpp"

namespace holdfast {

// One line: the statement in its envelope (engine/wire/evidence_bundle.hpp).
using SignedLine = std::function<std::string(const Attestation&, Instant signed_at, const SigningKey&)>;

// Signs what happened and has no statement yet, with the installation's key, and keeps it in the catalog. Approvals are looked for in
// the journals of all runs, so only where they are wanted. Returns how many were signed. Throws where the key cannot be used.
std::size_t sign_new_evidence(const Workplace& workplace, bool with_approvals, const SignedLine& line);

// The statements of a span, everything of it signed by now.
struct SignedEvidence {
    std::vector<KeptStatement> statements;      // By kind, then by time.
    std::vector<std::string> left_out;
    std::int64_t audit_sequence = 0;
    std::string audit_hash;
};
SignedEvidence gather_signed(const Workplace& workplace, Instant from, Instant until, const SignedLine& line);

// Puts a new key in the place of the installation's, which is destroyed. What it signed stays verifiable: its public half stands with
// each statement, and in the audit chain. Everything that happened before is signed by the old one.
struct EvidenceKeyChange {
    std::string before, now;                    // "ed25519:…"; before is empty where there was none.
};
EvidenceKeyChange change_evidence_key(const Workplace& workplace, const SignedLine& line);

}  // namespace holdfast
