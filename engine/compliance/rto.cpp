#include "engine/compliance/rto.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Subject {
    const Policy& policy;
    const DatabaseSpec& database;
    const EnvironmentSpec& environment;
    const BackupPolicy& backups;
    SlotLists& slots;
    const RtoKnown& known;
};

Duration time_for(double bytes, double rate) { return Duration(static_cast<std::int64_t>(bytes / rate * 1000.0) + 1); }

void leave_unproven(RtoProof& proof, std::string why, std::string fix) {
    proof.why = std::move(why);
    proof.fix = std::move(fix);
}

// False where nothing was measured; then the proof says so.
bool add_term(const Subject& subject, RtoProof& proof, WorkKind kind, std::string what, std::uint64_t bytes) {
    const auto rate = subject.known.rates.of(kind, subject.database.engine, proof.copy, bytes);
    if (!rate) {
        const std::string where = kind == WorkKind::Check ? std::string() : fmt::format(" from {}", proof.copy.str());
        leave_unproven(proof, fmt::format("this machine has measured no {} of {}{}", name_of(kind), name_of(subject.database.engine), where),
                       fmt::format("Run a drill, or write `verify: {{ after_backup: restore }}` in policy {}: both measure it.", subject.backups.name.str()));
        return false;
    }
    const auto amount = static_cast<double>(bytes);
    proof.terms.push_back({std::move(what), time_for(amount, rate->slow), time_for(amount, rate->usual), *rate});
    return true;
}

std::vector<const BackupRule*> state_rules(const BackupPolicy& backups) {
    std::vector<const BackupRule*> rules;
    for (const BackupRule& rule : backups.backups) {
        if (is_state(rule.kind) && rule.kind != BackupKind::Logical) rules.push_back(&rule);
    }
    return rules;
}

bool keeps_log(const BackupPolicy& backups) { return std::ranges::find(backups.backups, BackupKind::Log, &BackupRule::kind) != backups.backups.end(); }

// The log between two states at its longest. Nothing: nothing bounds it, and the proof says so.
std::optional<Duration> longest_log(const Subject& subject, RtoProof& proof) {
    const auto rules = state_rules(subject.backups);
    const auto distance = subject.slots.longest(rules, subject.environment.floor.survive_missed_runs);
    if (distance) return distance->total();
    leave_unproven(proof, "its policy makes no states for the log to begin with: nothing bounds how much log is replayed", "Add `full` or `incremental` backups.");
    return std::nullopt;
}

bool add_terms(const Subject& subject, const RecoverySize& size, RtoProof& proof) {
    if (!add_term(subject, proof, WorkKind::Restore, fmt::format("restore {} from {}", format_bytes(size.bytes), proof.copy.str()), size.bytes)) return false;
    if (keeps_log(subject.backups)) {
        const auto length = longest_log(subject, proof);
        if (!length) return false;
        if (!size.has_log) {
            leave_unproven(proof, "no log of it is on record: how much of it is replayed nobody knows", "Let it run for a day.");
            return false;
        }
        const double log_hours = static_cast<double>(length->count()) / static_cast<double>(Duration(hours(1)).count());
        const auto bytes = static_cast<std::uint64_t>(size.log_bytes_per_hour * log_hours) + 1;
        if (!add_term(subject, proof, WorkKind::Replay, fmt::format("replay {} of log ({})", format_bytes(bytes), to_text(*length)), bytes)) return false;
    }
    return add_term(subject, proof, WorkKind::Check, "check", size.bytes);
}

void sum_up(RtoProof& proof) {
    proof.predicted = proof.usual = Duration(0);
    proof.measurements = proof.terms.front().rate.measurements;
    for (const RtoTerm& term : proof.terms) {
        *proof.predicted += term.slow;
        *proof.usual += term.usual;
        proof.measurements = std::min(proof.measurements, term.rate.measurements);
        proof.oldest = std::min(proof.oldest.value_or(term.rate.oldest), term.rate.oldest);
        proof.newest = std::min(proof.newest.value_or(term.rate.newest), term.rate.newest);
    }
}

RtoProof prove_one(const Subject& subject, Disaster disaster) {
    RtoProof proof;
    proof.database = subject.database.name;
    proof.environment = subject.environment.name;
    proof.disaster = disaster;
    proof.promised = subject.environment.rto;
    if (!proof.promised) {
        proof.verdict = ProofVerdict::NothingPromised;
        return proof;
    }
    const Survivor survivor = survivor_of(subject.policy, subject.environment, disaster);
    if (survivor.store == nullptr) {
        leave_unproven(proof, survivor.because, "Add a store at another site to the copies, and say where each stands with `site:`.");
        return proof;
    }
    proof.copy = survivor.store->name;
    const auto size = subject.known.sizes.find(subject.database.name.str());
    if (size == subject.known.sizes.end() || size->second.bytes == 0) {
        leave_unproven(proof, "no backup of it is on record here: how large it is nobody knows", fmt::format("Take one: runbook backup now {}", subject.database.name.str()));
        return proof;
    }
    if (!add_terms(subject, size->second, proof)) return proof;
    sum_up(proof);
    proof.verdict = *proof.predicted <= *proof.promised ? ProofVerdict::Holds : ProofVerdict::DoesNotHold;
    return proof;
}

Duration rounded_up(Duration time) {
    const Duration unit = time > hours(1) ? Duration(minutes(10)) : time > minutes(1) ? Duration(minutes(1)) : Duration(seconds(1));
    return time + (unit - time % unit) % unit;
}

// States so close together that the log between them is replayed in the time that is left. Empty: that does not help.
std::string closer_states(const Subject& subject, const RtoProof& proof) {
    const auto replay = std::ranges::find_if(proof.terms, [](const RtoTerm& term) { return term.what.starts_with("replay "); });
    if (replay == proof.terms.end()) return {};
    const Duration left = *proof.promised - (*proof.predicted - replay->slow);
    RtoProof ignored;
    const auto length = longest_log(subject, ignored);
    const auto runs = subject.environment.floor.survive_missed_runs + 1;
    if (left <= Duration(0) || !length) return {};
    const double share = static_cast<double>(left.count()) / static_cast<double>(replay->slow.count());
    const Duration allowed(static_cast<std::int64_t>(static_cast<double>(length->count()) * share));
    for (std::size_t i = subject.backups.backups.size(); i-- > 0;) {
        const BackupRule& rule = subject.backups.backups[i];
        if (rule.kind != BackupKind::Incremental && rule.kind != BackupKind::Full) continue;
        const Duration between = (allowed - run_latency(rule)) / runs;
        const Duration every = between - between % Duration(minutes(1));
        if (every < minutes(10)) continue;
        BackupPolicy changed = subject.backups;
        changed.backups[i].when = EverySpec{every};
        if (prove_one({subject.policy, subject.database, subject.environment, changed, subject.slots, subject.known}, proof.disaster).verdict != ProofVerdict::Holds) continue;
        return fmt::format("In policy {}: `backups.{}: {{ every: {} }}` instead of `{}`, so that less log is replayed.", subject.backups.name.str(), name_of(rule.kind), to_text(every),
                           schedule_text(rule.when));
    }
    return {};
}

std::string cheapest_fix(const Subject& subject, const RtoProof& proof) {
    if (std::string fix = closer_states(subject, proof); !fix.empty()) return fix;
    return fmt::format("No schedule makes it hold. Promise less: `environments.{}.rto: {}` instead of `{}`; or make {} faster and let a drill measure it.", subject.environment.name.str(),
                       to_text(rounded_up(*proof.predicted)), to_text(*proof.promised), proof.copy.str());
}

}  // namespace

RecoverySize recovery_size(std::span<const RecoveryPoint> points, std::span<const LogWindow> windows) {
    RecoverySize size;
    for (const RecoveryPoint& point : points) {
        if (is_state(point.kind) && point.kind != BackupKind::Logical) size.bytes = std::max(size.bytes, point.source_bytes);
    }
    for (const LogWindow& window : windows) {
        // A log that has just begun says nothing about an hour.
        const Duration length = std::max(Duration(hours(1)), window.until - window.from);
        size.log_bytes_per_hour = std::max(size.log_bytes_per_hour, static_cast<double>(window.bytes) * static_cast<double>(Duration(hours(1)).count()) / static_cast<double>(length.count()));
        size.has_log = true;
    }
    return size;
}

std::string terms_text(const RtoProof& proof) {
    std::vector<std::string> terms;
    for (const RtoTerm& term : proof.terms) terms.push_back(fmt::format("{} {}", for_people(term.slow), term.what));
    return join(terms, " + ");
}

std::vector<RtoProof> prove_rto(const Policy& policy, SlotLists& slots, const RtoKnown& known, const std::vector<DatabaseName>& databases) {
    std::vector<RtoProof> proofs;
    for (const DatabaseSpec& database : policy.databases) {
        const bool asked = databases.empty() || std::ranges::find(databases, database.name) != databases.end();
        const EnvironmentSpec* environment = policy.environment(database.environment);
        const BackupPolicy* backups = policy.policy(database.policy);
        if (!asked || environment == nullptr || backups == nullptr) continue;
        const Subject subject{policy, database, *environment, *backups, slots, known};
        for (std::size_t disaster = 0; disaster < kDisasterCount; ++disaster) {
            RtoProof proof = prove_one(subject, static_cast<Disaster>(disaster));
            if (proof.verdict == ProofVerdict::DoesNotHold) proof.fix = cheapest_fix(subject, proof);
            proofs.push_back(std::move(proof));
        }
    }
    return proofs;
}

}  // namespace holdfast
