#include "engine/operations/sign_evidence.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/operations/keys_of_people.hpp"

namespace holdfast {
namespace {

constexpr const char* kSwept = "evidence";
constexpr const char* kApprovalsSwept = "evidence of approvals";
// What another process recorded a moment ago may have been committed after a sweep that its time belongs to.
constexpr Duration kMargin = std::chrono::minutes(10);
// Before the first sweep: what is older is signed when somebody asks for it.
constexpr Duration kFirstSweep = std::chrono::hours(24);

std::size_t sign_all(const Workplace& workplace, const std::vector<Attestation>& all, const SignedLine& line) {
    Catalog& catalog = workplace.catalog();
    std::optional<SigningKey> key;
    std::size_t signed_now = 0;
    for (const Attestation& one : all) {
        if (catalog.has_statement(name_of(one.kind), one.id)) continue;
        if (!key) key = evidence_key(workplace, std::nullopt);
        const Instant now = workplace.built().clock.now();
        catalog.keep_statement({.kind = std::string(name_of(one.kind)), .subject = one.id, .happened = one.finished, .signed_at = now, .public_key = key->public_key, .envelope = line(one, now, *key)});
        ++signed_now;
    }
    return signed_now;
}

std::size_t sweep(const Workplace& workplace, const char* what, AttestWhat kinds, const SignedLine& line) {
    Catalog& catalog = workplace.catalog();
    const Instant now = workplace.built().clock.now();
    const Instant from = catalog.last_done(what).value_or(now - kFirstSweep) - kMargin;
    const std::size_t count = sign_all(workplace, attest(workplace, from, now, kinds).all, line);
    if (count > 0 || !catalog.last_done(what) || now - *catalog.last_done(what) > kMargin) catalog.set_last_done(what, now);
    return count;
}

}  // namespace

std::size_t sign_new_evidence(const Workplace& workplace, bool with_approvals, const SignedLine& line) {
    std::size_t count = sweep(workplace, kSwept, AttestWhat::Record, line);
    if (with_approvals) count += sweep(workplace, kApprovalsSwept, AttestWhat::Approvals, line);
    return count;
}

SignedEvidence gather_signed(const Workplace& workplace, Instant from, Instant until, const SignedLine& line) {
    Attested attested = attest(workplace, from, until);
    sign_all(workplace, attested.all, line);
    return {.statements = workplace.catalog().statements(from, until), .left_out = std::move(attested.left_out), .audit_sequence = attested.audit_sequence, .audit_hash = std::move(attested.audit_hash)};
}

EvidenceKeyChange change_evidence_key(const Workplace& workplace, const SignedLine& line) {
    sign_new_evidence(workplace, true, line);
    const fs::path file = workplace.installation().state / "evidence.key", next = workplace.installation().state / "evidence.key.next";
    EvidenceKeyChange change;
    if (fs::exists(file)) change.before = read_person_key(file).public_key;
    remove_durably(next);   // Of a change that was killed.
    change.now = new_person_key(next);
    // Both are on record before the old one goes: whoever has an old bundle finds which key it was.
    workplace.catalog().audit("evidence.key", "evidence.key", fmt::format("{} in the place of {}", change.now, change.before.empty() ? "none" : change.before));
    fault_point("evidence.key.before");
    rename_durably(next, file);
    fault_point("evidence.key.after");
    return change;
}

}  // namespace holdfast
