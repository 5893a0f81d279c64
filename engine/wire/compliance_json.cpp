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
void fields(auto& visit, Is<Proofs> auto& proofs) {
    visit("failed", proofs.failed);
    visit("unproven", proofs.unproven);
    visit("rpo", proofs.rpo);
}

}  // namespace wire

std::string to_json(const Proofs& proofs) { return wire::document_of("proofs", proofs); }

}  // namespace holdfast
