// What can be proved of a span of time: each drill, each verification of a recovery point, each answer to an approval.
#pragma once

#include "engine/crypto/keys.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

enum class AttestedKind : std::uint8_t { Drill, Verification, Approval };
std::string_view name_of(AttestedKind kind);    // drill, verification, approval

struct Attestation {
    AttestedKind kind = AttestedKind::Drill;
    std::string id;                             // Of what happened, unique within its kind.
    std::string subject;                        // "recovery point 01… of orders", "approval 4 of run 01…: put the rows back"
    std::string digest;                         // SHA-256, hex: of the point's object in its store, of what was approved.
    bool passed = false;
    Instant started, finished;
    std::string policy_commit, policy_hash, runbook, runbook_hash;   // Empty where there is none.
    std::vector<std::string> passed_tests, failed_tests;
    std::vector<std::pair<std::string, std::string>> notes;          // "database" → "orders", "person" → "dba-one".
};

struct Attested {
    std::vector<Attestation> all;               // By kind, then by time.
    std::vector<std::string> left_out;          // Sentences: what happened and cannot be attested, and why.
    std::int64_t audit_sequence = 0;            // Where the audit chain stood …
    std::string audit_hash;                     // … and its hash there.
};
enum class AttestWhat : std::uint8_t { All, Record, Approvals };   // Record: what the catalog knows; approvals are in the journals of runs.
// Those with `from` < finished <= `until`.
Attested attest(const Workplace& workplace, Instant from, Instant until, AttestWhat what = AttestWhat::All);

// The key in `file`, or the installation's own (state/evidence.key), which is made where it is missing.
SigningKey evidence_key(const Workplace& workplace, const std::optional<fs::path>& file);

}  // namespace holdfast
