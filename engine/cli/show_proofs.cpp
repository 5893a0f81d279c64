#include "engine/cli/show_proofs.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string verdict_text(ProofVerdict verdict, const Style& style) {
    switch (verdict) {
        case ProofVerdict::Holds: return style.good("holds");
        case ProofVerdict::DoesNotHold: return style.bad("DOES NOT HOLD");
        case ProofVerdict::Unproven: return style.doubtful("unproven");
        case ProofVerdict::NothingPromised: return style.faint("no rpo");
    }
    return {};
}

std::string disaster_text(const RpoProof& proof) {
    return proof.missed == 0 ? std::string(name_of(proof.disaster))
                             : fmt::format("{}, {}", name_of(proof.disaster), counted(static_cast<std::uint64_t>(proof.missed), "failed run"));
}

std::string reason_text(const RpoProof& proof, Console& console) {
    if (!proof.worst) return proof.why;
    const std::string when = proof.worst_from ? fmt::format(", worst from {}", console.local(*proof.worst_from)) : "";
    return fmt::format("{}{}", terms_text(proof), when);
}

// What was said once for a database is not said again.
std::string advice_text(const Proofs& proofs, const Style& style) {
    std::string text;
    std::vector<std::string> said;
    for (const RpoProof& proof : proofs.rpo) {
        if (proof.verdict != ProofVerdict::DoesNotHold && proof.verdict != ProofVerdict::Unproven) continue;
        if (proof.fix.empty()) continue;
        std::string line = fmt::format("{}, {}: {}\n", style.strong(proof.database.str()), name_of(proof.disaster), proof.fix);
        if (std::find(said.begin(), said.end(), line) != said.end()) continue;
        text += line;
        said.push_back(std::move(line));
    }
    return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string proofs_text(const Proofs& proofs, Console& console) {
    const Style& style = console.style();
    Table table({{"DATABASE"}, {"DISASTER"}, {"WORST LOSS", Table::Align::Right}, {"PROMISED", Table::Align::Right}, {"VERDICT"}, {"FROM"}, {"BECAUSE OF"}});
    for (const RpoProof& proof : proofs.rpo) {
        table.add({proof.database.str(), disaster_text(proof), proof.worst ? to_text(*proof.worst) : "?", proof.promised ? to_text(*proof.promised) : "-",
                   verdict_text(proof.verdict, style), proof.stream.empty() ? "" : fmt::format("{} in {}", proof.stream, proof.copy.str()), reason_text(proof, console)});
    }
    std::string text = table.text(style) + advice_text(proofs, style);
    if (proofs.failed > 0) text += fmt::format("\n{} {} of {} do not hold.\n", style.bad("not ok:"), proofs.failed, counted(proofs.rpo.size(), "promise"));
    else if (proofs.unproven > 0) text += fmt::format("\n{} {} of {} are unproven: nothing is known to break them, and nothing bounds them.\n", style.doubtful("not quite:"), proofs.unproven, counted(proofs.rpo.size(), "promise"));
    else text += fmt::format("\n{} all of {} hold.\n", style.good("ok:"), counted(proofs.rpo.size(), "promise"));
    return text;
}

}  // namespace holdfast
