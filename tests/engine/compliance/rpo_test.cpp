#include "engine/compliance/rpo.hpp"

#include <catch2/catch.hpp>

#include "engine/compliance/rpo_fix.hpp"
#include "tests/engine/compliance/compliance_fixtures.hpp"

namespace holdfast {
namespace {

std::vector<BackupRule> nightly() { return {cron(BackupKind::Full, "0 2 * * *", "30m", "15m")}; }
std::vector<BackupRule> with_log() {
    return {cron(BackupKind::Full, "0 2 * * Sun", "30m", "3h"), cron(BackupKind::Incremental, "0 2 * * Mon-Sat", "30m", "1h"), every(BackupKind::Log, "3m", "1m", "2m")};
}

TEST_CASE("the night in which clocks go back is the longest", "[compliance][rpo]") {
    const RpoProof proof = proof_of(sample_policy(nightly(), "26h"));
    CHECK(proof.verdict == ProofVerdict::Holds);
    CHECK(proof.worst == span("25h45m"));
    CHECK(proof.worst_from == utc("2027-10-31T00:00:00Z"));
    CHECK(proof.worst_until == utc("2027-11-01T01:00:00Z"));
    CHECK(proof.terms == std::vector<ProofTerm>{{"between runs", span("25h")}, {"start_within", span("30m")}, {"finish_within", span("15m")}});
    CHECK(proof_of(sample_policy(nightly(), "26h", "UTC")).worst == span("24h45m"));
}

TEST_CASE("the finest stream counts, and each failed run adds a distance", "[compliance][rpo]") {
    const Policy policy = sample_policy(with_log(), "15m");
    CHECK(proof_of(policy).worst == span("6m"));
    CHECK(proof_of(policy).stream == "log (every 3m)");
    CHECK(proof_of(policy, Disaster::AccidentalDeletion, 1).worst == span("9m"));
    CHECK(proof_of(policy, Disaster::AccidentalDeletion, 3).worst == span("15m"));
    CHECK(proof_of(policy, Disaster::AccidentalDeletion, 4).verdict == ProofVerdict::DoesNotHold);
}

TEST_CASE("full and incremental runs are one stream", "[compliance][rpo]") {
    auto rules = with_log();
    rules.pop_back();
    const RpoProof proof = proof_of(sample_policy(rules, "30h"));
    CHECK(proof.stream == "full and incremental (0 2 * * Sun, 0 2 * * Mon-Sat)");
    // From a Saturday to a Sunday, and the full may take 3 h 30 min: more than the 25 h of an autumn night with an incremental after it.
    CHECK(proof.worst == span("27h30m"));
    CHECK(proof.verdict == ProofVerdict::Holds);
}

TEST_CASE("a total failure leaves the copy that stands elsewhere, with its lag", "[compliance][rpo]") {
    const RpoProof proof = proof_of(sample_policy(nightly(), "26h"), Disaster::TotalFailure);
    CHECK(proof.copy == StoreName("offsite"));
    CHECK(proof.terms.back() == ProofTerm{"copy to offsite", span("15m")});
    CHECK(proof.worst == span("26h"));
    // A log is copied within its own run.
    CHECK(proof_of(sample_policy(with_log(), "15m"), Disaster::TotalFailure).worst == span("6m"));
    Policy one_site = sample_policy(nightly(), "26h");
    one_site.stores[1].site = "berlin";
    CHECK(proof_of(one_site, Disaster::TotalFailure).verdict == ProofVerdict::DoesNotHold);
    CHECK(proof_of(one_site, Disaster::TotalFailure).no_copy);
    Policy unknown = sample_policy(nightly(), "26h");
    unknown.environments[0].copies = {StoreName("local")};
    unknown.stores[0].site = "";
    CHECK(proof_of(unknown, Disaster::TotalFailure).verdict == ProofVerdict::Unproven);
}

TEST_CASE("damage that nobody looks for is unproven, and hides as long as nobody looks", "[compliance][rpo]") {
    Policy policy = sample_policy(nightly(), "26h");
    policy.policies[0].verify = {.after_backup = VerifyDepth::Checksum, .integrity_every = {}};
    CHECK(proof_of(policy, Disaster::Corruption).verdict == ProofVerdict::Unproven);
    CHECK_FALSE(proof_of(policy, Disaster::Corruption).worst);
    policy.policies[0].verify.integrity_every = parse_period("7d");
    const RpoProof proof = proof_of(policy, Disaster::Corruption);
    CHECK(proof.worst == span("7d25h45m"));
    CHECK(proof.verdict == ProofVerdict::DoesNotHold);
    CHECK(proof.fix == "In policy chain: `verify.after_backup: restore`, so that damage is noticed at once.");
    CHECK(proof_of(sample_policy(with_log(), "15m"), Disaster::Corruption).worst == span("6m"));
}

TEST_CASE("what has no limit is unproven, and what promises nothing is said so", "[compliance][rpo]") {
    Policy policy = sample_policy({cron(BackupKind::Full, "0 2 * * *", "30m", "")}, "26h");
    const RpoProof proof = proof_of(policy);
    CHECK(proof.verdict == ProofVerdict::Unproven);
    CHECK(proof.why == "the full backup has no finish_within: nothing bounds how late it may be");
    CHECK(proof.fix == "Give `backups.full` a `finish_within`.");
    policy.environments[0].rpo.reset();
    CHECK(proof_of(policy).verdict == ProofVerdict::NothingPromised);
}

TEST_CASE("a followed log loses nothing, and a missing follower is the first failure", "[compliance][rpo]") {
    auto rules = nightly();
    rules.push_back({.kind = BackupKind::Log, .when = ContinuousSpec{}, .start_within = {}, .finish_within = {}});
    const Policy policy = sample_policy(rules, "26h");
    CHECK(proof_of(policy).worst == Duration(0));
    CHECK(proof_of(policy).assumes.size() == 1);
    CHECK(proof_of(policy, Disaster::AccidentalDeletion, 1).worst == span("25h45m"));
}

TEST_CASE("the smallest change of one value is offered, and it makes the proof hold", "[compliance][rpo]") {
    const auto fix_of = [](const std::vector<BackupRule>& rules, std::string_view rpo, int missed = 0) {
        return proof_of(sample_policy(rules, rpo), Disaster::AccidentalDeletion, missed).fix;
    };
    // 45 minutes too much are more than start or finish alone can give; a shorter distance is left.
    CHECK(fix_of(nightly(), "25h") == "In policy chain: `backups.full: { every: 24h15m }` instead of `0 2 * * *`.");
    CHECK(fix_of(nightly(), "25h40m") == "In policy chain: `backups.full.start_within: 25m` instead of `30m`.");
    CHECK(fix_of({every(BackupKind::Log, "10m", "20m", "20m")}, "49m") == "In policy chain: `backups.log.start_within: 19m` instead of `20m`.");
    CHECK(fix_of({every(BackupKind::Log, "3m", "1m", "2m")}, "7m", 1) == "In policy chain: `backups.log: { every: 2m }` instead of `every 3m`.");
    CHECK(fix_of({every(BackupKind::Log, "3m", "20m", "20m")}, "1m") == "No single other value makes it hold. Promise less: `environments.prod.rpo: 43m` instead of `1m`.");
}

TEST_CASE("each database is proved with the failures that its environment tolerates", "[compliance][rpo]") {
    Policy policy = sample_policy(with_log(), "15m");
    policy.environments[0].floor.survive_missed_runs = 2;
    add_database(policy, "billing");
    CHECK(proofs_of(policy).size() == 2 * 3 * 2);
    CHECK(proofs_of(policy, {.databases = {DatabaseName("billing")}, .missed = {}}).size() == 6);
    CHECK(proofs_of(policy)[1].missed == 2);
}

}  // namespace
}  // namespace holdfast
