#include "engine/compliance/rpo.hpp"

#include <algorithm>
#include <array>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/compliance/rpo_fix.hpp"
#include "engine/compliance/streams.hpp"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 4> kVerdicts{"holds", "does-not-hold", "unproven", "nothing-promised"};

// What one stream can promise.
struct Loss {
    std::vector<ProofTerm> terms = {};
    std::optional<Duration> total = {};    // Nothing: not bounded.
    std::optional<RunDistance> distance = {};
    std::string why = {};                  // Why it is not bounded.
    std::string fix = {};
    std::string assumes = {};
};

// A rule of the stream without one of its limits.
const BackupRule* unlimited_rule(const Stream& stream) {
    const auto found = std::ranges::find_if(stream.rules, [](const BackupRule* rule) { return !rule->start_within || !rule->finish_within; });
    return found == stream.rules.end() ? nullptr : *found;
}

Loss loss_of_continuous(int missed) {
    if (missed > 0) return {.why = "a log that is followed has no runs: while nobody follows it, nothing bounds the loss", .fix = "Add `log: { every: … }`, or full and incremental backups that suffice alone."};
    return {.terms = {{"followed", Duration(0)}}, .total = Duration(0), .assumes = "the log is followed without a break; RPO-NOW tells when it is not"};
}

// The run that ends the worst case, as terms. Of several rules the latency is that of the one which does.
void add_latency(const Stream& stream, const RunDistance& distance, Loss& loss) {
    for (const BackupRule* rule : stream.rules) {
        if (run_latency(*rule) != distance.latency) continue;
        loss.terms.push_back({"start_within", *rule->start_within});
        loss.terms.push_back({"finish_within", *rule->finish_within});
        return;
    }
    loss.terms.push_back({"until it is done", distance.latency});
}

Duration copy_limit(const Stream& stream) {
    Duration longest{0};
    for (const BackupRule* rule : stream.rules) longest = std::max(longest, *rule->finish_within);
    return longest;
}

Loss loss_of(const Stream& stream, const Survivor& survivor, int missed, SlotLists& slots) {
    if (stream.continuous) return loss_of_continuous(missed);
    if (!stream.unnoticed_why.empty()) return {.why = stream.unnoticed_why, .fix = "Write `verify: { after_backup: restore }`, or `integrity_every`."};
    if (const BackupRule* rule = unlimited_rule(stream)) {
        const std::string_view key = rule->start_within ? "finish_within" : "start_within";
        return {.why = fmt::format("the {} backup has no {}: nothing bounds how late it may be", name_of(rule->kind), key), .fix = fmt::format("Give `backups.{}` a `{}`.", name_of(rule->kind), key)};
    }
    Loss loss;
    loss.distance = slots.longest(stream.rules, missed);
    if (!loss.distance) return {.why = fmt::format("there are not {} in two years", counted(static_cast<std::uint64_t>(missed) + 2, "run"))};
    loss.terms.push_back({missed == 0 ? "between runs" : fmt::format("between runs, {} failed", missed), loss.distance->between});
    add_latency(stream, *loss.distance, loss);
    if (stream.unnoticed) loss.terms.push_back({"damage unnoticed (verify.integrity_every)", *stream.unnoticed});
    if (!survivor.is_first && !stream.copied_within_run) loss.terms.push_back({fmt::format("copy to {}", survivor.store->name.str()), copy_limit(stream)});
    loss.total = Duration(0);
    for (const ProofTerm& term : loss.terms) *loss.total += term.time;
    return loss;
}

std::string stream_text(const Stream& stream) {
    std::vector<std::string> schedules;
    for (const BackupRule* rule : stream.rules) schedules.push_back(schedule_text(rule->when));
    return fmt::format("{} ({})", stream.name, join(schedules, ", "));
}

void prove_with_survivor(const BackupPolicy& backups, const Survivor& survivor, SlotLists& slots, RpoProof& proof) {
    proof.copy = survivor.store->name;
    if (!survivor.because.empty()) proof.assumes.push_back(survivor.because);
    const std::vector<Stream> streams = streams_of(backups, proof.disaster);
    const bool followed = std::ranges::any_of(streams, &Stream::continuous);
    std::optional<Loss> best;
    for (const Stream& stream : streams) {
        // Where a log is followed, a follower that is gone is the first failure.
        const int missed = followed && !stream.continuous ? std::max(0, proof.missed - 1) : proof.missed;
        Loss loss = loss_of(stream, survivor, missed, slots);
        const bool better = !best || (loss.total && (!best->total || *loss.total < *best->total));
        if (!better) continue;
        best = std::move(loss);
        proof.stream = stream_text(stream);
    }
    if (!best) {
        proof.why = "its policy makes no backups";
        return;
    }
    proof.terms = std::move(best->terms);
    proof.worst = best->total;
    proof.why = std::move(best->why);
    proof.fix = std::move(best->fix);
    if (!best->assumes.empty()) proof.assumes.push_back(std::move(best->assumes));
    if (best->distance) {
        proof.worst_from = best->distance->from;
        proof.worst_until = best->distance->until;
    }
}

ProofVerdict verdict_of(const RpoProof& proof) {
    if (!proof.promised) return ProofVerdict::NothingPromised;
    if (proof.no_copy) return ProofVerdict::DoesNotHold;
    if (!proof.worst) return ProofVerdict::Unproven;
    return *proof.worst <= *proof.promised ? ProofVerdict::Holds : ProofVerdict::DoesNotHold;
}

}  // namespace

std::string_view name_of(ProofVerdict verdict) { return kVerdicts.at(static_cast<std::size_t>(verdict)); }

std::string terms_text(const RpoProof& proof) {
    std::vector<std::string> terms;
    for (const ProofTerm& term : proof.terms) terms.push_back(fmt::format("{} {}", to_text(term.time), term.what));
    return join(terms, " + ");
}

RpoProof prove_one(const RpoCase& asked, const BackupPolicy& backups, SlotLists& slots) {
    RpoProof proof;
    proof.database = asked.database.name;
    proof.environment = asked.environment.name;
    proof.disaster = asked.disaster;
    proof.missed = asked.missed;
    proof.promised = asked.environment.rpo;
    const Survivor survivor = survivor_of(asked.policy, asked.environment, asked.disaster);
    if (survivor.store != nullptr) {
        prove_with_survivor(backups, survivor, slots, proof);
    } else {
        proof.why = survivor.because;
        proof.no_copy = !survivor.unknown;
        proof.fix = survivor.unknown ? "Say where each store stands with `site:`, and add one that stands elsewhere."
                                     : fmt::format("Add a store at another site to the copies of environment {}.", asked.environment.name.str());
    }
    proof.verdict = verdict_of(proof);
    return proof;
}

std::vector<RpoProof> prove_rpo(const Policy& policy, SlotLists& slots, const RpoRequest& request) {
    std::vector<RpoProof> proofs;
    for (const DatabaseSpec& database : policy.databases) {
        const bool asked = request.databases.empty() || std::ranges::find(request.databases, database.name) != request.databases.end();
        const EnvironmentSpec* environment = policy.environment(database.environment);
        const BackupPolicy* backups = policy.policy(database.policy);
        if (!asked || environment == nullptr || backups == nullptr) continue;
        std::vector<int> failures{request.missed.value_or(0)};
        if (!request.missed && environment->floor.survive_missed_runs > 0) failures.push_back(environment->floor.survive_missed_runs);
        for (std::size_t disaster = 0; disaster < kDisasterCount; ++disaster) {
            for (const int missed : failures) {
                const RpoCase one{policy, database, *environment, static_cast<Disaster>(disaster), missed};
                RpoProof proof = prove_one(one, *backups, slots);
                if (proof.verdict == ProofVerdict::DoesNotHold && !proof.no_copy) proof.fix = smallest_fix(one, *backups, proof, slots);
                proofs.push_back(std::move(proof));
            }
        }
    }
    return proofs;
}

}  // namespace holdfast
