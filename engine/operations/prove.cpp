#include "engine/operations/prove.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/operations/markdown.hpp"
#include "engine/operations/plan_ahead.hpp"
#include "engine/operations/provenance.hpp"

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

std::string row_of(const RtoProof& proof) {
    const std::string promised = proof.promised ? to_text(*proof.promised) : "nothing";
    const std::string predicted = proof.predicted ? fmt::format("{} to {}", for_people(*proof.usual), for_people(*proof.predicted)) : "not known";
    const std::string verdict = proof.verdict == ProofVerdict::Holds ? "holds" : fmt::format("**{}**", name_of(proof.verdict));
    return fmt::format("| {} | {} | {} | {} | {} | {} |\n", markdown_cell(proof.database.str()), name_of(proof.disaster), predicted, promised, verdict,
                       markdown_cell(proof.predicted ? fmt::format("{}; {}", terms_text(proof), counted(proof.measurements, "measurement")) : proof.why));
}

// What was said once for a database is not said again.
struct Advice {
    std::string text = {};
    std::vector<std::string> said = {};

    void add(const auto& proof) {
        if (proof.fix.empty() || proof.verdict == ProofVerdict::Holds || proof.verdict == ProofVerdict::NothingPromised) return;
        std::string line = fmt::format("- `{}`, {}: {}\n", proof.database.str(), name_of(proof.disaster), proof.fix);
        if (std::ranges::find(said, line) != said.end()) return;
        text += line;
        said.push_back(std::move(line));
    }
};

}  // namespace

int Proofs::exit_status() const { return failed > 0 ? exit_status_of(ErrorCode::Findings) : 0; }

MeasuredHere measured_here(const Policy& policy, const Clock& clock, Instant as_of) {
    MeasuredHere measured;
    const fs::path file = policy.state / "catalog.db";
    std::error_code unreadable;
    if (!fs::exists(file, unreadable)) return measured;
    const auto catalog = Catalog::open(file, clock);
    measured.host = host_name();
    measured.measurements = catalog->measurements({WorkKind::Restore, WorkKind::Replay, WorkKind::Check}, as_of - kRatesOf, as_of);
    const CatalogMoment moment = catalog->as_of(as_of, std::nullopt);
    std::unordered_map<std::string, std::pair<std::vector<RecoveryPoint>, std::vector<LogWindow>>> past;
    for (const RecoveryPoint& point : moment.points) past[point.database.str()].first.push_back(point);
    for (const LogWindow& window : moment.windows) past[window.database.str()].second.push_back(window);
    for (const auto& [name, known] : past) measured.sizes.emplace(name, recovery_size(known.first, known.second));
    return measured;
}

Proofs prove_policy(const Policy& policy, const ProveAsked& asked, const MeasuredHere& measured) {
    for (const DatabaseName& database : asked.databases) require_database(policy, database);
    SlotLists slots(TimeZone::require(policy.timezone), asked.as_of);
    Proofs proofs;
    proofs.rpo = prove_rpo(policy, slots, {.databases = asked.databases, .missed = asked.missed});
    Rates rates(measured.measurements, measured.host);
    proofs.rto = prove_rto(policy, slots, {rates, measured.sizes}, asked.databases);
    const auto count = [&](ProofVerdict verdict) {
        return static_cast<std::size_t>(std::ranges::count(proofs.rpo, verdict, &RpoProof::verdict) + std::ranges::count(proofs.rto, verdict, &RtoProof::verdict));
    };
    proofs.failed = count(ProofVerdict::DoesNotHold);
    proofs.unproven = count(ProofVerdict::Unproven);
    return proofs;
}

std::string to_markdown(const Proofs& proofs, const std::string& zone_name) {
    const TimeZone zone = TimeZone::require(zone_name);
    std::string text = "| Database | Disaster | Failed runs | Worst loss | Promised | Verdict | Because of | Worst from |\n|---|---|--:|--:|--:|---|---|---|\n";
    for (const RpoProof& proof : proofs.rpo) text += row_of(proof, zone);
    if (!proofs.rto.empty()) text += "\n| Database | Disaster | Predicted recovery | Promised | Verdict | Because of |\n|---|---|--:|--:|---|---|\n";
    for (const RtoProof& proof : proofs.rto) text += row_of(proof);
    text += "\n";
    Advice advice;
    for (const RpoProof& proof : proofs.rpo) advice.add(proof);
    for (const RtoProof& proof : proofs.rto) advice.add(proof);
    return text + advice.text;
}

}  // namespace holdfast
