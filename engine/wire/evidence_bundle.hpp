// Evidence of a span of time in one file, to be verified with nothing but a public key.
//
// A line per signed envelope (DSSE): in each an in-toto statement (v1) with the predicate "test-result" (v0.1), the one for the whole first.
// That one names the SHA-256 of every line after it, so that none can be changed, removed, added or moved.
#pragma once

#include "engine/operations/attest.hpp"

namespace holdfast {

struct BundleSpan {
    Instant from, until;
    std::string host, version;
};
std::string evidence_bundle(const Attested& attested, const BundleSpan& span, const SigningKey& key);

struct BundleReport {
    std::size_t drills = 0, verifications = 0, approvals = 0;
    std::size_t failed = 0;                    // Tests that the statements say have failed.
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
