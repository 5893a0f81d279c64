#include "engine/compliance/rto.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/compliance_fixtures.hpp"

using namespace holdfast;

namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;

Measurement measured(WorkKind kind, std::string_view time, const char* store = "local") {
    return {.at = kProofDay, .kind = kind, .database = DatabaseName("orders"), .engine = EngineKind::Sqlite, .store = StoreName(store), .host = "db1", .bytes = kGigabyte, .took = span(time)};
}

struct Proving {
    Policy policy = sample_policy({cron(BackupKind::Full, "0 2 * * *", "30m", "30m")}, "26h", "UTC");
    std::vector<Measurement> measurements{measured(WorkKind::Restore, "100s"), measured(WorkKind::Check, "20s")};
    std::unordered_map<std::string, RecoverySize> sizes{{"orders", {.bytes = 2 * kGigabyte, .log_bytes_per_hour = 0, .has_log = false}}};

    explicit Proving(std::string_view rto = "5m") { policy.environments[0].rto = span(rto); }
    // 100 MB of log an hour, and one that is replayed at 10 MB/s.
    void with_log() {
        policy.policies[0].backups.push_back(every(BackupKind::Log, "3m", "1m", "2m"));
        sizes["orders"].log_bytes_per_hour = kGigabyte / 10.0;
        sizes["orders"].has_log = true;
        measurements.push_back(measured(WorkKind::Replay, "100s"));
    }
    RtoProof prove(Disaster disaster = Disaster::AccidentalDeletion) {
        SlotLists slots(TimeZone::require(policy.timezone), kProofDay);
        Rates rates(measurements, "db1");
        for (RtoProof& proof : prove_rto(policy, slots, {rates, sizes})) {
            if (proof.disaster == disaster) return proof;
        }
        return {};
    }
};

}  // namespace

TEST_CASE("a recovery time that was measured holds, with the arithmetic", "[compliance][rto]") {
    const RtoProof proof = Proving().prove();
    CHECK(proof.verdict == ProofVerdict::Holds);
    CHECK(terms_text(proof) == "3 min 20 s restore 2.00 GB from local + 40 s check");
    CHECK(to_text(Duration(proof.predicted->count() / 1000 * 1000)) == "4m");
    CHECK(proof.measurements == 1);
    CHECK(proof.newest == kProofDay);
}

TEST_CASE("a recovery time that does not hold comes with the least to promise", "[compliance][rto]") {
    const RtoProof proof = Proving("2m").prove();
    CHECK(proof.verdict == ProofVerdict::DoesNotHold);
    CHECK(proof.fix.find("`environments.prod.rto: 5m` instead of `2m`") != std::string::npos);
    Proving again("5m");
    CHECK(again.prove().verdict == ProofVerdict::Holds);
}

TEST_CASE("what was not measured is unproven, never a pass", "[compliance][rto]") {
    Proving nothing;
    nothing.measurements.clear();
    CHECK(nothing.prove().verdict == ProofVerdict::Unproven);
    CHECK(nothing.prove().why == "this machine has measured no restore of sqlite from local");
    Proving no_check;
    no_check.measurements.pop_back();
    CHECK(no_check.prove().why == "this machine has measured no check of sqlite");
    Proving elsewhere;
    CHECK(elsewhere.prove(Disaster::TotalFailure).why == "this machine has measured no restore of sqlite from offsite");
    Proving unknown;
    unknown.sizes.clear();
    CHECK(unknown.prove().why.find("no backup of it is on record") != std::string::npos);
    Proving unpromised;
    unpromised.policy.environments[0].rto.reset();
    CHECK(unpromised.prove().verdict == ProofVerdict::NothingPromised);
}

TEST_CASE("the log of the longest chain counts, and states that are closer together make less of it", "[compliance][rto]") {
    Proving daily("8m");
    daily.with_log();
    const RtoProof proof = daily.prove();
    // 25 h of 100 MB each at 10 MB/s.
    CHECK(proof.verdict == ProofVerdict::DoesNotHold);
    CHECK(terms_text(proof).find("4 min 10 s replay 2.50 GB of log (25h)") != std::string::npos);
    CHECK(proof.fix.find("In policy chain: `backups.full: { every: ") == 0);
    const auto from = proof.fix.find("every: ") + 7;
    daily.policy.policies[0].backups[0].when = EverySpec{span(proof.fix.substr(from, proof.fix.find(' ', from) - from))};
    CHECK(daily.prove().verdict == ProofVerdict::Holds);
}

TEST_CASE("a log of which nothing is on record leaves recovery unproven", "[compliance][rto]") {
    Proving proving;
    proving.with_log();
    proving.sizes["orders"].has_log = false;
    CHECK(proving.prove().why.find("no log of it is on record") != std::string::npos);
}

TEST_CASE("what there is to bring back is the largest state and the busiest log", "[compliance][rto]") {
    RecoveryPoint small, large, raw;
    small.source_bytes = 10;
    large.source_bytes = 30;
    raw.kind = BackupKind::Raw;
    raw.source_bytes = 99;
    LogWindow busy, calm;
    busy.from = calm.from = kProofDay;
    busy.until = kProofDay + span("2h");
    busy.bytes = 2000;
    calm.until = kProofDay + span("1m");   // Too short to say anything of an hour.
    calm.bytes = 500;
    const RecoverySize size = recovery_size(std::vector{small, large, raw}, std::vector{busy, calm});
    CHECK(size.bytes == 30);
    CHECK(size.log_bytes_per_hour == Approx(1000));
    CHECK(size.has_log);
    CHECK_FALSE(recovery_size({}, {}).has_log);
}
