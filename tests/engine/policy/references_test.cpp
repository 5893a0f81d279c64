#include <catch2/catch.hpp>

#include "engine/policy/checks.hpp"
#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

TEST_CASE("a name that leads nowhere suggests the one that was meant", "[policy][references]") {
    PolicyParts parts;
    parts.databases = "databases:\n  notes: { engine: sqlite, environment: mian, policy: weekly, path: /x }\n";
    const LoadedPolicy loaded = load_parts(parts);
    REQUIRE(loaded.findings.size() == 2);
    CHECK(loaded.findings[0].message == "`databases.notes.environment`: there is no `mian` under `environments`");
    CHECK(loaded.findings[0].fix == "Did you mean `main`?");
    CHECK(loaded.findings[0].subject == "notes");
    CHECK(loaded.findings[1].fix == "Known under `policies`: daily.");
}

TEST_CASE("every kind of reference is followed", "[policy][references]") {
    PolicyParts parts;
    parts.environments = "environments: { main: { rpo: 26h, copies: [local, offsite] } }\n";
    parts.more =
        "drills:\n"
        "  one: { databases: [notes, orders], cron: \"0 5 * * Sat\", runbook: total-failure }\n"
        "  all: { databases: { environment: prod }, cron: \"0 5 * * Sat\", runbook: total-failure }\n"
        "waivers: [{ check: COPY-SITES, database: orders, because: x, asked_by: ann, approved_by: bob, until: 2027-01-31 }]\n";
    const LoadedPolicy loaded = load_parts(parts);
    std::vector<std::string> messages;
    for (const Finding& finding : loaded.findings) messages.push_back(finding.message);
    CHECK(messages == std::vector<std::string>{
                          "`environments.main.copies`: there is no `offsite` under `stores`",
                          "`drills.one.databases`: there is no `orders` under `databases`",
                          "`drills.all.databases.environment`: there is no `prod` under `environments`",
                          "`waivers.database`: there is no `orders` under `databases`",
                          "`waivers.asked_by`: there is no `ann` under `people`",
                          "`waivers.approved_by`: there is no `bob` under `people`",
                      });
    CHECK(loaded.findings[4].fix == "Nothing is defined under `people` yet: add it there.");
}

TEST_CASE("a disaster without a runbook is a note", "[policy][references]") {
    PolicyParts parts;
    parts.scenarios = "scenarios: { corruption: { runbook: b } }\n";
    const LoadedPolicy loaded = load_parts(parts);
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front().id == "missing-scenario");
    CHECK(loaded.findings.front().severity == Severity::Note);
    CHECK(loaded.findings.front().message == "no runbook is named for accidental-deletion and total-failure");
}

TEST_CASE("the nearest place is the value or the deepest key above it", "[policy][references]") {
    TreeNode root{.kind = TreeNode::Kind::Map, .quoted = false, .place = {0, 1, 1}, .text = {}, .entries = {}};
    TreeNode leaf{.kind = TreeNode::Kind::Scalar, .quoted = false, .place = {0, 2, 8}, .text = "x", .entries = {}};
    TreeNode inner{.kind = TreeNode::Kind::Map, .quoted = false, .place = {0, 2, 3}, .text = {}, .entries = {{"b", {0, 2, 3}, leaf}}};
    root.entries.push_back({"a", {0, 1, 1}, inner});
    CHECK(nearest_place(root, {"a", "b"}).column == 8);
    CHECK(nearest_place(root, {"a"}).line == 1);
    CHECK(nearest_place(root, {"a", "c"}).line == 1);
}

}  // namespace
}  // namespace holdfast
