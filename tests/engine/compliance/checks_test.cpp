#include "engine/compliance/checks.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "engine/compliance/check_context.hpp"
#include "engine/compliance/check_copies.hpp"
#include "engine/compliance/check_present.hpp"
#include "engine/compliance/check_promises.hpp"
#include "engine/compliance/check_record.hpp"
#include "engine/compliance/check_recovery.hpp"
#include "engine/compliance/check_retention.hpp"
#include "engine/compliance/check_schedule.hpp"
#include "tests/engine/compliance/evidence_fixtures.hpp"

namespace holdfast {
namespace {

using Break = std::function<void(Policy&, Evidence&)>;

DatabaseEvidence& orders(Evidence& evidence) { return evidence.databases["orders"]; }

struct BrokenThing {
    std::string check;          // Must find it …
    std::string says;           // … and say this.
    Break break_it;
};

// One thing broken for each check. What is found beside it does not matter here.
const std::vector<BrokenThing>& broken_things() {
    static const std::vector<BrokenThing> all{
        {"COVER", "/srv/stray.db is a database", [](Policy&, Evidence& e) { e.live->uncovered = {"/srv/stray.db"}; }},
        {"OWNER", "no owner", [](Policy& p, Evidence&) { p.databases[0].owner.clear(); }},
        {"RPO-PROOF", "accidental-deletion: 24h45m may be lost, promised are 20h (24h between runs + 30m start_within + 15m finish_within = 24h45m", [](Policy& p, Evidence&) { p.environments[0].rpo = span("20h"); }},
        {"RPO-PROOF", "unproven, the full backup has no finish_within", [](Policy& p, Evidence&) { p.policies[0].backups[0].finish_within.reset(); }},
        {"RPO-PROOF", "promises no rpo", [](Policy& p, Evidence&) { p.environments[0].rpo.reset(); }},
        {"RPO-TOLERANCE", "accidental-deletion after 1 failed run: 48h45m", [](Policy& p, Evidence&) { p.environments[0].floor.survive_missed_runs = 1; }},
        {"RTO-PROOF", "promises no recovery time", [](Policy& p, Evidence&) { p.environments[0].rto.reset(); }},
        {"KEEP-FLOOR", "reach back 10 days", [](Policy& p, Evidence&) { p.policies[0].retention = {.any_second = {}, .daily = parse_period("10d"), .weekly = {}, .monthly = {}, .at_least = 1}; }},
        {"KEEP-CEILING", "kept for ever", [](Policy& p, Evidence&) { p.policies[0].retention = {}; }},
        {"KEEP-CEILING", "more than ten years", [](Policy& p, Evidence&) { p.policies[0].retention.monthly = parse_period("20y"); }},
        {"TIER-REACHABLE", "`daily: 30d` cannot be filled", [](Policy& p, Evidence&) { p.policies[0].backups[0].when = CronSpec{"0 2 * * Sun"}; }},
        {"LOG-SPAN", "kept for 12h, but up to 1 day pass", [](Policy& p, Evidence&) {
             p.policies[0].backups.push_back(every(BackupKind::Log, "3m", "1m", "1m"));
             p.policies[0].retention.any_second = parse_period("12h");
         }},
        {"SCHED-DST", "", [](Policy& p, Evidence&) {
             p.timezone = "Europe/Berlin";
             p.policies[0].backups[0].when = CronSpec{"30 2 * * *"};
         }},
        {"SCHED-OVERLAP", "30 min start_within + 15 min finish_within = 45 min, and only 30 min lie between", [](Policy& p, Evidence&) { p.policies[0].backups[0].when = EverySpec{span("30m")}; }},
        {"SCHED-LOAD", "2 backups are due at the same time", [](Policy& p, Evidence& e) {
             add_database(p, "billing");
             for (PastRun& run : orders(e).runs) run.finished = run.started + std::chrono::hours(1);
             e.databases["billing"] = orders(e);
         }},
        {"COPY-COUNT", "there is 1 copy", [](Policy& p, Evidence&) { p.environments[0].copies.pop_back(); }},
        {"COPY-SITES", "every copy stands where the database does, at berlin", [](Policy& p, Evidence&) { p.stores[1].site = "berlin"; }},
        {"COPY-KINDS", "stores of one kind (file)", [](Policy& p, Evidence&) { p.stores[1].url = "file:///mnt"; }},
        {"LOCKED", "0 of its copies", [](Policy& p, Evidence&) { p.stores[1].lock.reset(); }},
        {"LOCKED", "this build does not lock", [](Policy&, Evidence& e) { e.can_lock = false; }},
        {"ISOLATED", "stands elsewhere, but is not locked", [](Policy& p, Evidence&) { p.stores[1].lock.reset(); }},
        {"ENCRYPTED", "stored in clear", [](Policy& p, Evidence&) { p.encryption.enabled = false; }},
        {"KEY-ESCROW", "one key alone", [](Policy&, Evidence& e) { e.live->stores[0].keys.pop_back(); }},
        {"KEY-AGE", "is 10 days old, 228h are allowed", [](Policy& p, Evidence&) { p.encryption.rotate_every = parse_period("9d12h"); }},
        {"DELETE-GUARD", "one person alone", [](Policy& p, Evidence&) {
             p.environments[0].floor.approvals = 0;
             p.stores[1].lock.reset();
         }},
        {"BOOK-EXISTS", "no runbook answers corruption", [](Policy& p, Evidence&) { p.scenarios.erase(p.scenarios.begin() + 1); }},
        {"BOOK-EXISTS", "does not exist", [](Policy&, Evidence& e) { e.runbooks.pop_back(); }},
        {"BOOK-TESTED", "has last run to its end never", [](Policy&, Evidence& e) { e.book_runs.pop_back(); }},
        {"BOOK-TESTED", "200 days ago", [](Policy&, Evidence& e) { e.book_runs[0].started = e.book_runs[0].done = kNow - std::chrono::days(200); }},
        {"DRILL-PLANNED", "no drill covers it", [](Policy& p, Evidence&) { p.drills.clear(); }},
        {"DRILL-PLANNED", "up to 7 days pass between two drills, 5d are allowed", [](Policy& p, Evidence&) { p.environments[0].floor.drill_max_age = parse_period("5d"); }},
        {"DRILL-AGE", "no drill of it is on record that passed", [](Policy& p, Evidence& e) {
             p.environments[0].floor.drill_max_age = parse_period("35d");
             orders(e).drills.clear();
         }},
        {"DRILL-AGE", "its newest drill that passed was 3 days ago, one within 2d is demanded", [](Policy& p, Evidence&) { p.environments[0].floor.drill_max_age = parse_period("2d"); }},
        {"DRILL-AGE", "that passed, one within 35d is demanded; the newest failed: no space", [](Policy& p, Evidence& e) {
             p.environments[0].floor.drill_max_age = parse_period("35d");
             orders(e).drills[0].passed = false;
             orders(e).drills[0].why = "no space";
         }},
        {"RTO-MEASURED", "took 3 h, promised are", [](Policy&, Evidence& e) { orders(e).drills[0].took = std::chrono::hours(3); }},
        {"RTO-MEASURED", "no drill has measured", [](Policy&, Evidence& e) { orders(e).drills.clear(); }},
        {"RTO-PROOF", "accidental-deletion: the promised 1 h are unproven: this machine has measured no restore of sqlite from local", [](Policy&, Evidence&) {}},
        {"RTO-PROOF", "accidental-deletion: recovery is predicted to take", [](Policy&, Evidence& e) {
             for (const WorkKind kind : {WorkKind::Restore, WorkKind::Check}) {
                 e.measurements.push_back({.at = kNow - std::chrono::days(1), .kind = kind, .database = DatabaseName("orders"), .engine = EngineKind::Sqlite, .store = StoreName("local"), .host = "db1", .bytes = 10, .took = std::chrono::minutes(1)});
             }
         }},
        {"RPO-NOW", "it has no backup", [](Policy&, Evidence& e) { orders(e) = {}; }},
        {"RPO-NOW", "at this moment 1 day 10 h would be lost", [](Policy&, Evidence& e) {
             orders(e).points.erase(orders(e).points.begin());
             orders(e).runs.pop_back();
         }},
        {"GAP", "2 days, promised are", [](Policy&, Evidence& e) {
             orders(e).points.erase(orders(e).points.begin() + 5);
             orders(e).runs.erase(orders(e).runs.end() - 6);
         }},
        {"KEEP-ACTUAL", "promises a state for each day, and 1 day has none", [](Policy&, Evidence& e) { orders(e).points.erase(orders(e).points.begin() + 5); }},
        {"VERIFY-AGE", "last checked never", [](Policy&, Evidence& e) { orders(e).checks.clear(); }},
        {"VERIFY-AGE", "last restored and asked never", [](Policy& p, Evidence& e) {
             p.policies[0].verify.integrity_every = parse_period("7d");
             for (PastCheck& check : orders(e).checks) check.restored = false;
         }},
        {"VERIFY-ERRORS", "1 recovery point cannot be restored whole", [](Policy&, Evidence& e) { orders(e).points[3].soundness = Soundness::Damaged; }},
        {"CHECKSUM", "1 recovery point was never read back", [](Policy&, Evidence& e) { orders(e).points[3].soundness = Soundness::Unchecked; }},
        {"PROVENANCE", "1 made outside git, 1 with a policy that differs", [](Policy&, Evidence& e) {
             orders(e).points[0].provenance.policy_commit.clear();
             orders(e).points[1].provenance.policy_dirty = true;
         }},
        {"SIZE-ANOMALY", "the newest state is empty", [](Policy&, Evidence& e) { orders(e).points[0].source_bytes = 0; }},
        {"SIZE-ANOMALY", "the newest state is 2.10 MB", [](Policy&, Evidence& e) { orders(e).points[0].source_bytes = 2'100'000; }},
        {"DURATION-ANOMALY", "the newest full run took 9 min, the 39 before it 4 min", [](Policy&, Evidence& e) { orders(e).runs.back().finished = orders(e).runs.back().started + std::chrono::minutes(9); }},
        {"INVENTORY", "lists 2 recovery points that the store does not have", [](Policy&, Evidence& e) { e.live->stores[0].lost_points = 2; }},
        {"INVENTORY", "has 1 recovery point that the catalog does not list", [](Policy&, Evidence& e) { e.live->stores[0].unlisted_points = 1; }},
        {"INVENTORY", "it cannot be asked: no route", [](Policy&, Evidence& e) { e.live->stores[1].unreachable = "no route"; }},
        {"SPACE", "less than a tenth", [](Policy&, Evidence& e) { e.live->stores[0].free_bytes = 100'000; }},
        {"SPACE", "full in 1.0 days", [](Policy&, Evidence& e) { e.live->stores[0].free_bytes = 1'000; }},
        {"CLOCK", "the clock says", [](Policy&, Evidence& e) { e.live->newest_instant = kNow + std::chrono::hours(1); }},
        {"AUDIT-CHAIN", "entry 7", [](Policy&, Evidence& e) { e.live->broken_chain = "entry 7: it was changed"; }},
    };
    return all;
}

TEST_CASE("a sound policy with a healthy history has nothing but an unmeasured recovery", "[compliance][checks]") {
    const Judgement judgement = judge(whole_policy(), whole_evidence());
    CHECK(found_in(judgement) == std::vector<std::string>{"RTO-PROOF(orders)"});
    CHECK(judgement.checks.size() == all_checks().size());
}

TEST_CASE("each check finds what it is for, and says it with the arithmetic", "[compliance][checks]") {
    for (const BrokenThing& broken : broken_things()) {
        Policy policy = whole_policy();
        Evidence evidence = whole_evidence();
        broken.break_it(policy, evidence);
        const Judgement judgement = judge(policy, evidence);
        INFO(broken.check << ": " << broken.says);
        const bool said = std::ranges::any_of(judgement.findings, [&](const Shortfall& found) { return found.check == broken.check && found.message.find(broken.says) != std::string::npos && !found.fix.empty(); });
        std::string all;
        for (const Shortfall& found : judgement.findings) all += found.check + ": " + found.message + "\n";
        INFO(all);
        CHECK(said);
    }
}

TEST_CASE("every check is broken by a test", "[compliance][checks]") {
    std::set<std::string> broken;
    for (const BrokenThing& one : broken_things()) broken.insert(one.check);
    for (const Check& check : all_checks()) {
        INFO(check.id);
        CHECK((check.judge == nullptr || broken.contains(std::string(check.id))));
    }
    CHECK(check_named("COPY-SITES") != nullptr);
    CHECK(check_named("COPY-SITE") == nullptr);
}

}  // namespace
}  // namespace holdfast
