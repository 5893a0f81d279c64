#include "engine/cli/show_proofs.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string verdict_text(ProofVerdict verdict, const Style& style) {
    switch (verdict) {
        case ProofVerdict::Holds: return style.good("holds");
        case ProofVerdict::DoesNotHold: return style.bad("DOES NOT HOLD");
        case ProofVerdict::Unproven: return style.doubtful("unproven");
        case ProofVerdict::NothingPromised: return style.faint("not promised");
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
std::string advice_text(const auto& proofs, const Style& style) {
    std::string text;
    std::vector<std::string> said;
    for (const auto& proof : proofs) {
        if (proof.verdict != ProofVerdict::DoesNotHold && proof.verdict != ProofVerdict::Unproven) continue;
        if (proof.fix.empty()) continue;
        std::string line = fmt::format("{}, {}: {}\n", style.strong(proof.database.str()), name_of(proof.disaster), proof.fix);
        if (std::find(said.begin(), said.end(), line) != said.end()) continue;
        text += line;
        said.push_back(std::move(line));
    }
    return text.empty() ? "" : "\n" + text;
}

// How many measurements it stands on, and how old they are.
std::string measured_text(const RtoProof& proof, Console& console) {
    if (!proof.newest) return "";
    const Duration age = std::max(Duration(0), console.now() - *proof.newest);
    return fmt::format("{}, {} old", format_count(proof.measurements), for_people(age));
}

std::string recoveries_text(const Proofs& proofs, Console& console) {
    const Style& style = console.style();
    Table table({{"DATABASE"}, {"DISASTER"}, {"RECOVERY", Table::Align::Right}, {"PROMISED", Table::Align::Right}, {"VERDICT"}, {"MEASURED"}, {"BECAUSE OF"}});
    for (const RtoProof& proof : proofs.rto) {
        const std::string predicted = proof.predicted ? fmt::format("{} to {}", for_people(*proof.usual), for_people(*proof.predicted)) : "?";
        table.add({proof.database.str(), std::string(name_of(proof.disaster)), predicted, proof.promised ? to_text(*proof.promised) : "-", verdict_text(proof.verdict, style),
                   measured_text(proof, console), proof.predicted ? terms_text(proof) : proof.why});
    }
    return table.text(style) + advice_text(proofs.rto, style);
}

}  // namespace

std::string proofs_text(const Proofs& proofs, Console& console) {
    const Style& style = console.style();
    Table table({{"DATABASE"}, {"DISASTER"}, {"WORST LOSS", Table::Align::Right}, {"PROMISED", Table::Align::Right}, {"VERDICT"}, {"FROM"}, {"BECAUSE OF"}});
    for (const RpoProof& proof : proofs.rpo) {
        table.add({proof.database.str(), disaster_text(proof), proof.worst ? to_text(*proof.worst) : "?", proof.promised ? to_text(*proof.promised) : "-",
                   verdict_text(proof.verdict, style), proof.stream.empty() ? "" : fmt::format("{} in {}", proof.stream, proof.copy.str()), reason_text(proof, console)});
    }
    std::string text = table.text(style) + advice_text(proofs.rpo, style) + "\n" + recoveries_text(proofs, console);
    if (proofs.failed > 0) text += fmt::format("\n{} {} of {} do not hold.\n", style.bad("not ok:"), proofs.failed, counted(proofs.count(), "promise"));
    else if (proofs.unproven > 0) text += fmt::format("\n{} {} of {} are unproven: nothing is known to break them, and nothing bounds them.\n", style.doubtful("not quite:"), proofs.unproven, counted(proofs.count(), "promise"));
    else text += fmt::format("\n{} all of {} hold.\n", style.good("ok:"), counted(proofs.count(), "promise"));
    return text;
}

}  // namespace holdfast
