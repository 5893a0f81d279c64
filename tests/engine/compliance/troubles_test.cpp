#include "engine/compliance/troubles.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/evidence_fixtures.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// A full every night at two, 27 hours promised; it is noon and all is well.
struct Night {
    Policy policy = whole_policy();
    TroubleFacts facts;
    Night() { facts.evidence = whole_evidence(); }

    DatabaseEvidence& past() { return facts.evidence.databases.at("orders"); }
    std::vector<std::string> keys() const {
        std::vector<std::string> keys;
        for (const Trouble& trouble : troubles_in(policy, facts).troubles) keys.push_back(trouble.key());
        return keys;
    }
    const Trouble first() const { return troubles_in(policy, facts).troubles.at(0); }
    void at(std::string_view time) { facts.evidence.as_of = utc(time); }
};
using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("where all is well there is no trouble, at no time of the day", "[compliance][notices]") {
    Night night;
    for (const char* time : {"2026-11-24T12:00:00Z", "2026-11-25T01:59:00Z", "2026-11-25T02:00:00Z", "2026-11-25T02:44:00Z"}) {
        night.at(time);
        INFO(time);
        CHECK(night.keys().empty());
    }
}

TEST_CASE("an RPO is at risk as soon as the run that would keep it has failed for good, before it is broken", "[compliance][notices]") {
    Night night;
    night.at("2026-11-25T02:46:00Z");   // What was due at two cannot come any more; the next would come after 27 hours are over.
    CHECK(night.keys() == Keys{"rpo_at_risk/orders/"});
    CHECK(night.first().severity == Severity::Warning);
    CHECK(night.first().message == "the newest moment that can be brought back is 2026-11-24 02:00:00 UTC; 1 day 3 h are promised, which breaks at 2026-11-25 05:00:00 UTC, and the next backup may take until 2026-11-26 02:45:00 UTC");
    night.at("2026-11-25T05:01:00Z");
    CHECK(night.first().severity == Severity::Error);
    CHECK(night.first().message.find("which is broken since 2026-11-25 05:00:00 UTC") != std::string::npos);
}

TEST_CASE("a run that was missed cannot save an RPO, one that failed may be tried again", "[compliance][notices]") {
    Night night;
    night.at("2026-11-25T02:10:00Z");
    const Instant slot = utc("2026-11-25T02:00:00Z");
    night.past().runs.push_back({slot, slot, slot + 1min, BackupKind::Full, JobState::Failed, 0});
    CHECK(night.keys().empty());
    night.past().runs.back().state = JobState::Missed;
    CHECK(night.keys() == Keys{"rpo_at_risk/orders/"});
}

TEST_CASE("a followed log is at risk when it lags by half the RPO", "[compliance][notices]") {
    Night night;
    night.policy.environments[0].rpo = span("30m");
    night.policy.policies[0].backups.push_back({.kind = BackupKind::Log, .when = ContinuousSpec{}, .start_within = {}, .finish_within = {}});
    LogWindow window;
    window.database = DatabaseName("orders");
    window.from = utc("2026-11-24T02:00:00Z");
    window.until = utc("2026-11-24T11:50:00Z");
    night.past().windows = {window};
    CHECK(night.keys().empty());
    night.past().windows[0].until = utc("2026-11-24T11:44:00Z");
    CHECK(night.keys() == Keys{"rpo_at_risk/orders/"});
}

TEST_CASE("a backup that failed is a trouble until a state was made since", "[compliance][notices]") {
    Night night;
    FailedRun failed{.database = DatabaseName("orders"), .kind = BackupKind::Full, .slot = utc("2026-11-24T08:00:00Z"), .finished = utc("2026-11-24T08:01:00Z"), .missed = false, .error = "disk-full: no room"};
    night.facts.failed = {failed};
    CHECK(night.keys() == Keys{"backup_failed/orders/full"});
    CHECK(night.first().message == "the full backup that was due at 2026-11-24 08:00:00 UTC failed: disk-full: no room");
    night.facts.failed[0].missed = true;
    CHECK(night.first().message == "the full backup that was due at 2026-11-24 08:00:00 UTC was not begun in time");
    night.facts.failed[0].slot = night.facts.failed[0].finished = utc("2026-11-24T01:00:00Z");
    CHECK(night.keys().empty());
}

TEST_CASE("the newest drill of each runbook counts", "[compliance][notices]") {
    Night night;
    DrillRecord failed = night.past().drills[0];
    failed.passed = false;
    failed.why = "integrity: page 4 is torn";
    night.past().drills.insert(night.past().drills.begin(), failed);
    CHECK(night.keys() == Keys{"drill_failed/orders/restore-of-their-own"});
    night.past().drills[0].runbook = "total-failure";
    CHECK(night.keys() == Keys{"drill_failed/orders/total-failure"});
    std::swap(night.past().drills[0], night.past().drills[1]);
    night.past().drills[1].runbook = "restore-of-their-own";
    CHECK(night.keys().empty());
}

TEST_CASE("damage, old keys and full disks are troubles, unless a waiver excuses them", "[compliance][notices]") {
    Night night;
    night.past().points[3].soundness = Soundness::Damaged;
    night.policy.encryption.rotate_every = parse_period("5d");
    night.facts.evidence.live->stores[0].free_bytes = 10;
    CHECK(night.keys() == Keys{"verify_failed/orders/", "key_due/local/", "key_due/offsite/", "space_low/local/"});
    Waiver waiver;
    waiver.check = "KEY-AGE";
    waiver.asked_by = "a";
    waiver.approved_by = "b";
    waiver.until = std::chrono::sys_days(std::chrono::year(2027) / 1 / 1);
    night.policy.waivers = {waiver};
    CHECK(night.keys() == Keys{"verify_failed/orders/", "space_low/local/"});
}

TEST_CASE("of a store that cannot be asked nobody knows whether its troubles are over", "[compliance][notices]") {
    Night night;
    night.facts.evidence.live->stores[1] = {};
    night.facts.evidence.live->stores[1].store = StoreName("offsite");
    night.facts.evidence.live->stores[1].unreachable = "it is not mounted";
    const TroublesNow found = troubles_in(night.policy, night.facts);
    CHECK(found.troubles.empty());
    CHECK(found.unknown == std::vector<std::pair<NoticeEvent, std::string>>{{NoticeEvent::KeyDue, "offsite"}, {NoticeEvent::SpaceLow, "offsite"}});
}

TEST_CASE("a run that waits for approval is a trouble of its own", "[compliance][notices]") {
    Night night;
    night.facts.waiting = {{.run = "01run", .runbook = "corruption", .database = "orders", .waits_for = "swap the sound state in", .started = kNow}};
    CHECK(night.keys() == Keys{"approval_needed/orders/01run"});
    CHECK(night.first().message == "run 01run of corruption waits for approval: swap the sound state in");
}
