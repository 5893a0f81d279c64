#include "engine/compliance/policy_diff.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/evidence_fixtures.hpp"

namespace holdfast {
namespace {

using Edit = std::function<void(Policy&)>;

// "rpo: 27h to 30h, weaker" for each change.
std::vector<std::string> changes_by(const Edit& edit) {
    Policy after = whole_policy();
    edit(after);
    std::vector<std::string> said;
    for (const PolicyChange& change : compare_policies(whole_policy(), after, kNow)) said.push_back(fmt::format("{}: {} to {}, {}", change.what, change.before, change.after, name_of(change.direction)));
    return said;
}

struct Case {
    std::string says;
    Edit edit;
};

TEST_CASE("what means the same is no change", "[compliance][diff]") {
    CHECK(changes_by([](Policy&) {}).empty());
    CHECK(changes_by([](Policy& policy) { std::swap(policy.scenarios[0], policy.scenarios[1]); }).empty());
}

TEST_CASE("each change is told as weaker or stronger", "[compliance][diff]") {
    const std::vector<Case> cases{
        {"rpo: 27h to 30h, weaker", [](Policy& p) { p.environments[0].rpo = span("30h"); }},
        {"rpo: 27h to none, weaker", [](Policy& p) { p.environments[0].rpo.reset(); }},
        {"rto: 1h to 30m, stronger", [](Policy& p) { p.environments[0].rto = span("30m"); }},
        {"worst loss in accidental-deletion: 24h45m to 12h45m, stronger", [](Policy& p) { p.policies[0].backups[0].when = CronSpec{"0 2,14 * * *"}; }},
        {"worst loss in corruption: 24h45m to not bounded, weaker", [](Policy& p) { p.policies[0].verify.after_backup = VerifyDepth::Checksum; }},
        {"verify.after_backup: restore to checksum, weaker", [](Policy& p) { p.policies[0].verify.after_backup = VerifyDepth::Checksum; }},
        {"retention.daily: 30d to 10d, weaker", [](Policy& p) { p.policies[0].retention.daily = parse_period("10d"); }},
        {"retention.weekly: none to 3mo, stronger", [](Policy& p) { p.policies[0].retention.weekly = parse_period("3mo"); }},
        {"retention: by rules to everything, stronger", [](Policy& p) { p.policies[0].retention = {}; }},
        {"copies: 2 to 1, weaker", [](Policy& p) { p.environments[0].copies.pop_back(); }},
        {"locked copies: 1 to 0, weaker", [](Policy& p) { p.stores[1].lock.reset(); }},
        {"encrypted: 1 to 0, weaker", [](Policy& p) { p.encryption.enabled = false; }},
        {"approvals: 1 to 2, stronger", [](Policy& p) { p.environments[0].floor.approvals = 2; }},
        {"drill_max_age: none to 35d, stronger", [](Policy& p) { p.environments[0].floor.drill_max_age = parse_period("35d"); }},
        {"owner: team-orders to none, other", [](Policy& p) { p.databases[0].owner.clear(); }},
        {"backed up: yes to no, weaker", [](Policy& p) { p.databases.clear(); }},
        {"backed up: no to yes, stronger", [](Policy& p) { add_database(p, "billing"); }},
    };
    for (const Case& one : cases) {
        const auto said = changes_by(one.edit);
        INFO(one.says);
        CHECK(std::ranges::find(said, one.says) != said.end());
    }
}

TEST_CASE("points that only the new rules let go are counted", "[compliance][diff]") {
    Policy after = whole_policy();
    after.policies[0].retention.daily = parse_period("10d");
    const auto points = whole_evidence().databases["orders"].points;
    const auto deletable = newly_deletable(whole_policy(), after, points, kNow);
    REQUIRE_FALSE(deletable.empty());
    CHECK(deletable[0].database == "orders");
    CHECK(deletable[0].at == kNow);
    // Twenty days less, of which one is the newest of its month.
    CHECK(deletable[0].points == 19);
    CHECK(newly_deletable(whole_policy(), whole_policy(), points, kNow).empty());
}

}  // namespace
}  // namespace holdfast
