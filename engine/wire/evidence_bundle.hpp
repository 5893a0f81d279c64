// Evidence of a span of time in one file, to be verified with nothing but a public key.
//
// A line per signed envelope (DSSE): in each an in-toto statement (v1) with the predicate "test-result" (v0.1), the one for the whole first.
// That one names the SHA-256 of every line after it, so that none can be changed, removed, added or moved, and the keys that these lines
// were signed with in the course of time: whoever trusts the key of the first line needs no other.
#pragma once

#include "engine/operations/sign_evidence.hpp"

namespace holdfast {

struct BundleSpan {
    Instant from, until;
    std::string host, version;
};
std::string evidence_bundle(const SignedEvidence& evidence, const BundleSpan& span, const SigningKey& key);
// What sign_evidence.hpp keeps of one thing that happened.
std::string signed_line(const Attestation& one, Instant signed_at, const SigningKey& key);

struct BundleReport {
    std::size_t drills = 0, verifications = 0, approvals = 0;
    std::size_t failed = 0;                    // Tests that the statements say have failed.
    std::size_t late = 0;                      // Signed more than an hour after what they tell of, from the record.
    std::size_t keys = 0;                      // That its statements were signed with.
    std::string from, until;                   // As the bundle says.
    std::vector<std::string> left_out;         // As the bundle says.
    std::string audit_hash;                    // As the bundle says.
    std::vector<std::string> problems;         // Why it cannot be trusted.
    bool ok() const { return problems.empty(); }
};
// Trusts no byte: every line must be exactly what it was written as. Throws Error{Usage} for a public key that is not one.
BundleReport verify_bundle(std::string_view bundle, std::string_view public_key);

std::string to_json(const BundleReport& report);

}  // namespace holdfast
