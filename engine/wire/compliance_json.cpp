#include "engine/wire/compliance_json.hpp"

#include "engine/wire/writer.hpp"

namespace holdfast {
namespace wire {

void fields(auto& visit, Is<ProofTerm> auto& term) {
    visit("what", term.what);
    visit("time_ms", term.time);
}
void fields(auto& visit, Is<RpoProof> auto& proof) {
    visit("database", proof.database);
    visit("environment", proof.environment);
    visit("disaster", proof.disaster);
    visit("failed_runs", proof.missed);
    visit("verdict", proof.verdict);
    visit("promised_ms", proof.promised);
    visit("worst_ms", proof.worst);
    visit("terms", proof.terms);
    visit("stream", proof.stream);
    visit("copy", proof.copy);
    visit("worst_from", proof.worst_from);
    visit("worst_until", proof.worst_until);
    visit("why", proof.why);
    visit("fix", proof.fix);
    visit("assumes", proof.assumes);
}
void fields(auto& visit, Is<RtoTerm> auto& term) {
    visit("what", term.what);
    visit("time_ms", term.slow);
    visit("usual_ms", term.usual);
    visit("bytes_per_second", static_cast<std::uint64_t>(term.rate.slow));
    visit("usual_bytes_per_second", static_cast<std::uint64_t>(term.rate.usual));
    visit("measurements", term.rate.measurements);
    visit("oldest", term.rate.oldest);
    visit("newest", term.rate.newest);
}
void fields(auto& visit, Is<RtoProof> auto& proof) {
    visit("database", proof.database);
    visit("environment", proof.environment);
    visit("disaster", proof.disaster);
    visit("verdict", proof.verdict);
    visit("promised_ms", proof.promised);
    visit("predicted_ms", proof.predicted);
    visit("usual_ms", proof.usual);
    visit("terms", proof.terms);
    visit("copy", proof.copy);
    visit("measurements", proof.measurements);
    visit("oldest", proof.oldest);
    visit("newest", proof.newest);
    visit("why", proof.why);
    visit("fix", proof.fix);
}
void fields(auto& visit, Is<Proofs> auto& proofs) {
    visit("failed", proofs.failed);
    visit("unproven", proofs.unproven);
    visit("rpo", proofs.rpo);
    visit("rto", proofs.rto);
}

void fields(auto& visit, Is<PolicyChange> auto& change) {
    visit("database", change.database);
    visit("what", change.what);
    visit("before", change.before);
    visit("after", change.after);
    visit("direction", change.direction);
}
void fields(auto& visit, Is<Deletable> auto& one) {
    visit("database", one.database);
    visit("at", one.at);
    visit("points", one.points);
}
void fields(auto& visit, Is<PolicyDiff> auto& diff) {
    visit("before", diff.before);
    visit("after", diff.after);
    visit("weaker", diff.weaker());
    visit("changes", diff.changes);
    visit("deletable", diff.deletable);
    visit("not_counted", diff.not_counted);
}
void fields(auto& visit, Is<WaivedFinding> auto& waived) {
    visit("finding", waived.finding);
    visit("because", waived.waiver.because);
    visit("asked_by", waived.waiver.asked_by);
    visit("approved_by", waived.waiver.approved_by);
    visit("until", Instant(waived.waiver.until));
}
void fields(auto& visit, Is<JudgedCheck> auto& check) {
    visit("check", check.id);
    visit("passed", check.passed());
    visit("findings", check.findings);
    visit("waived", check.waived);
    visit("not_judged", check.not_judged);
}
void fields(auto& visit, Is<JudgedControl> auto& one) {
    visit("control", one.control.id);
    visit("title", one.control.title);
    visit("state", one.state);
    visit("checks", one.control.checks);
    visit("findings", one.findings);
    visit("waived", one.waived);
    visit("not_judged", one.not_judged);
}
void fields(auto& visit, Is<Compliance> auto& compliance) {
    visit("as_of", compliance.as_of);
    visit("policy", compliance.policy.said);
    visit("policy_commit", compliance.policy.commit);
    visit("databases", compliance.databases);
    visit("errors", compliance.errors);
    visit("warnings", compliance.warnings);
    visit("notes", compliance.notes);
    visit("findings", compliance.findings);
    visit("waived", compliance.waived);
    visit("checks", compliance.checks);
    visit("frame", compliance.framework ? std::optional(compliance.framework->name) : std::nullopt);
    visit("controls", compliance.controls);
}
void fields(auto& visit, Is<Check> auto& check) {
    visit("check", check.id);
    visit("severity", check.severity);
    visit("judged_by", check.basis);
    visit("sentence", check.sentence);
}
void fields(auto& visit, Is<Control> auto& control) {
    visit("control", control.id);
    visit("title", control.title);
    visit("checks", control.checks);
}
void fields(auto& visit, Is<Framework> auto& framework) {
    visit("frame", framework.name);
    visit("title", framework.title);
    visit("source", framework.source);
    visit("controls", framework.controls);
}

}  // namespace wire

std::string to_json(const Proofs& proofs) { return wire::document_of("proofs", proofs); }
std::string to_json(const Compliance& compliance) { return wire::document_of("compliance", compliance); }
std::string to_json(const PolicyDiff& diff) { return wire::document_of("policy-diff", diff); }
std::string to_json(const std::vector<Framework>& frameworks) { return wire::list_document_of("frameworks", "frameworks", frameworks); }
std::string checks_to_json() { return wire::list_document_of("checks", "checks", std::vector<Check>(all_checks().begin(), all_checks().end())); }

}  // namespace holdfast
