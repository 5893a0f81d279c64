#include "engine/operations/prove.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/markdown.hpp"
#include "engine/operations/plan_ahead.hpp"

namespace holdfast {
namespace {

std::string row_of(const RpoProof& proof, const TimeZone& zone) {
    const std::string worst = proof.worst ? to_text(*proof.worst) : "not bounded";
    const std::string promised = proof.promised ? to_text(*proof.promised) : "nothing";
    const std::string where = proof.worst ? terms_text(proof) : proof.why;
    const std::string when = proof.worst_from ? zone.to_local_text(*proof.worst_from) : "";
    const std::string verdict = proof.verdict == ProofVerdict::Holds ? "holds" : fmt::format("**{}**", name_of(proof.verdict));
    return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", markdown_cell(proof.database.str()), name_of(proof.disaster), proof.missed, worst, promised, verdict, markdown_cell(where), when);
}

}  // namespace

int Proofs::exit_status() const { return failed > 0 ? exit_status_of(ErrorCode::Findings) : 0; }

Proofs prove_policy(const Policy& policy, const ProveAsked& asked) {
    for (const DatabaseName& database : asked.databases) require_database(policy, database);
    SlotLists slots(TimeZone::require(policy.timezone), asked.as_of);
    Proofs proofs;
    proofs.rpo = prove_rpo(policy, slots, {.databases = asked.databases, .missed = asked.missed});
    proofs.failed = static_cast<std::size_t>(std::ranges::count(proofs.rpo, ProofVerdict::DoesNotHold, &RpoProof::verdict));
    proofs.unproven = static_cast<std::size_t>(std::ranges::count(proofs.rpo, ProofVerdict::Unproven, &RpoProof::verdict));
    return proofs;
}

std::string to_markdown(const Proofs& proofs, const std::string& zone_name) {
    const TimeZone zone = TimeZone::require(zone_name);
    std::string text = "| Database | Disaster | Failed runs | Worst loss | Promised | Verdict | Because of | Worst from |\n|---|---|--:|--:|--:|---|---|---|\n";
    for (const RpoProof& proof : proofs.rpo) text += row_of(proof, zone);
    text += "\n";
    std::vector<std::string> said;
    for (const RpoProof& proof : proofs.rpo) {
        if (proof.fix.empty() || proof.verdict == ProofVerdict::Holds || proof.verdict == ProofVerdict::NothingPromised) continue;
        const std::string line = fmt::format("- `{}`, {}: {}\n", proof.database.str(), name_of(proof.disaster), proof.fix);
        if (std::ranges::find(said, line) != said.end()) continue;
        said.push_back(line);
        text += line;
    }
    return text;
}

}  // namespace holdfast
