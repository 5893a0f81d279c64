#include "engine/compliance/check_promises.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/compliance/rto.hpp"

namespace holdfast {
namespace {

std::string disaster_text(const RpoProof& proof) {
    return proof.missed == 0 ? std::string(name_of(proof.disaster)) : fmt::format("{} after {}", name_of(proof.disaster), counted(static_cast<std::uint64_t>(proof.missed), "failed run"));
}

// Proofs for the same schedule, environment and disaster are the same but for the name: each is made once.
std::vector<RpoProof> proofs_for(CheckContext& context, int missed, const CheckContext::Subject& like) {
    return prove_rpo(context.policy, context.slots, {.databases = {like.database.name}, .missed = missed});
}

// The three proofs of each database, one finding per database: the worst of them, and the others named.
void judge_proofs(CheckContext& context, bool tolerance) {
    std::map<std::pair<std::string, std::string>, std::vector<RpoProof>> known;
    for (const auto& subject : context.subjects()) {
        if (!subject.environment.rpo) {
            if (!tolerance) context.report(Severity::Warning, {.subject = subject.name(), .path = {"environments", subject.environment.name.str()}, .message = fmt::format("environment {} promises no rpo", subject.environment.name.str()), .fix = "Write `rpo: …`: the most work, in time, that may be lost."});
            continue;
        }
        const int missed = tolerance ? subject.environment.floor.survive_missed_runs : 0;
        if (tolerance && missed == 0) continue;
        auto& proofs = known[{subject.environment.name.str(), subject.backups.name.str()}];
        if (proofs.empty()) proofs = proofs_for(context, missed, subject);
        for (const RpoProof& proof : proofs) {
            const std::vector<std::string> path{"policies", subject.backups.name.str(), "backups"};
            if (proof.no_copy || proof.copy.str().empty()) continue;   // COPY-SITES says so.
            if (proof.verdict == ProofVerdict::DoesNotHold) {
                context.report({.subject = subject.name(), .path = path,
                                .message = fmt::format("{}: {} may be lost, promised are {} ({} = {}, worst from {})", disaster_text(proof), to_text(*proof.worst), to_text(*proof.promised), terms_text(proof), to_text(*proof.worst), proof.worst_from ? context.slots.zone().to_local_text(*proof.worst_from) : "any day"),
                                .fix = proof.fix});
            } else if (proof.verdict == ProofVerdict::Unproven) {
                context.report(Severity::Warning, {.subject = subject.name(), .path = path, .message = fmt::format("{}: unproven, {}", disaster_text(proof), proof.why), .fix = proof.fix});
            }
        }
    }
}

}  // namespace

void judge_cover(CheckContext& context) {
    for (const std::string& path : context.evidence.live->uncovered) {
        context.report({.subject = path, .path = {"databases"}, .message = fmt::format("{} is a database, and no policy covers it", path), .fix = "Add it under `databases:`, or move it elsewhere."});
    }
}

void judge_owner(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        if (subject.database.owner.empty()) context.report({.subject = subject.name(), .path = {"databases", subject.name()}, .message = "it has no owner: nobody knows whom to ask", .fix = "Add `owner: TEAM`."});
    }
}

void judge_rpo_proof(CheckContext& context) { judge_proofs(context, false); }
void judge_rpo_tolerance(CheckContext& context) { judge_proofs(context, true); }

namespace {

// One finding for what is unproven, whichever disaster; one for each time that is too long.
void report_recovery(CheckContext& context, const CheckContext::Subject& subject, const std::vector<RtoProof>& proofs) {
    std::vector<std::string> said;
    for (const RtoProof& proof : proofs) {
        if (proof.verdict == ProofVerdict::Holds || (proof.copy.str().empty() && proof.disaster == Disaster::TotalFailure)) continue;   // COPY-SITES says so.
        std::string about, message = "unproven";
        if (proof.predicted) {
            message = fmt::format("recovery is predicted to take {}, promised are {} ({}; from {}, the newest of {})", for_people(*proof.predicted), for_people(*proof.promised), terms_text(proof),
                                  counted(proof.measurements, "measurement"), context.slots.zone().to_local_text(*proof.newest));
            about = fmt::format("{}: {}", name_of(proof.disaster), message);
        } else {
            about = fmt::format("{}: the promised {} are unproven: {}", name_of(proof.disaster), for_people(*proof.promised), proof.why);
        }
        if (std::ranges::find(said, message) != said.end()) continue;
        said.push_back(std::move(message));
        context.report({.subject = subject.name(), .path = {"environments", subject.environment.name.str(), "rto"}, .message = std::move(about), .fix = proof.fix});
    }
}

}  // namespace

void judge_rto_proof(CheckContext& context) {
    Rates rates(context.evidence.measurements, context.evidence.host);
    std::unordered_map<std::string, RecoverySize> sizes;
    for (const auto& subject : context.subjects()) sizes.emplace(subject.name(), recovery_size(subject.past.points, subject.past.windows));
    std::unordered_map<std::string, std::vector<RtoProof>> proofs;
    for (RtoProof& proof : prove_rto(context.policy, context.slots, {rates, sizes})) proofs[proof.database.str()].push_back(std::move(proof));
    for (const auto& subject : context.subjects()) {
        const std::vector<std::string> path{"environments", subject.environment.name.str(), "rto"};
        if (!subject.environment.rto) {
            context.report({.subject = subject.name(), .path = path, .message = fmt::format("environment {} promises no recovery time", subject.environment.name.str()), .fix = "Write `rto: …`: the longest that recovery may take."});
            continue;
        }
        report_recovery(context, subject, proofs[subject.name()]);
    }
}

}  // namespace holdfast
