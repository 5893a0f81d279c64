#include "engine/policy/join.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

PolicyParts with_policies(std::string policies) {
    PolicyParts parts;
    parts.policies = "policies:\n  daily:\n    backups: { full: { cron: \"0 2 * * *\", finish_within: 2h } }\n    retention: { daily: 30d, at_least: 3 }\n" + std::move(policies);
    return parts;
}
const BackupPolicy& policy_named(const LoadedPolicy& loaded, const std::string& name) {
    const BackupPolicy* policy = loaded.policy.policy(PolicyName(name));
    REQUIRE(policy != nullptr);
    return *policy;
}

TEST_CASE("maps merge and everything else replaces", "[policy][extends]") {
    const LoadedPolicy loaded = load_parts(with_policies("  more: { extends: daily, retention: { weekly: 3mo, at_least: 5 }, backups: { log: { every: 1h } } }\n"));
    const BackupPolicy& more = policy_named(loaded, "more");
    CHECK(more.retention.daily == parse_period("30d"));
    CHECK(more.retention.weekly == parse_period("3mo"));
    CHECK(more.retention.at_least == 5);
    REQUIRE(more.backups.size() == 2);
    CHECK(more.backups[0].finish_within == std::chrono::hours(2));
    CHECK(policy_named(loaded, "daily").retention.at_least == 3);
}

TEST_CASE("an inherited cron gives way to every", "[policy][extends]") {
    const LoadedPolicy loaded = load_parts(with_policies("  more: { extends: daily, backups: { full: { every: 12h } } }\n"));
    CHECK(loaded.usable());
    const BackupRule& full = policy_named(loaded, "more").backups.front();
    CHECK(full.when == When(EverySpec{std::chrono::hours(12)}));
    CHECK(full.finish_within == std::chrono::hours(2));
}

TEST_CASE("a chain of policies is followed to its end", "[policy][extends]") {
    const LoadedPolicy loaded = load_parts(with_policies("  c: { extends: b, retention: { daily: 3d } }\n  b: { extends: a, retention: { monthly: 1y } }\n  a: { extends: daily }\n"));
    CHECK(findings_text(loaded) == "");
    CHECK(policy_named(loaded, "c").retention.daily == parse_period("3d"));
    CHECK(policy_named(loaded, "c").retention.monthly == parse_period("1y"));
    CHECK(loaded.origins.ancestry_of(PolicyName("c")) == std::vector<std::string>{"c", "b", "a", "daily"});
    CHECK(loaded.origins.given_by(PolicyName("c"), {"retention", "monthly"}) == "b");
    CHECK(loaded.origins.given_by(PolicyName("c"), {"retention", "at_least"}) == "daily");
}

TEST_CASE("a word in place of a map replaces it", "[policy][extends]") {
    const LoadedPolicy loaded = load_parts(with_policies("  a: { extends: daily, retention: { any_second: 7d }, backups: { log: { every: 5m } } }\n  b: { extends: a, backups: { log: continuous } }\n"));
    CHECK(findings_text(loaded) == "");
    CHECK(policy_named(loaded, "b").backups.back().when == When(ContinuousSpec{}));
}

TEST_CASE("policies that extend each other in a circle are named in order", "[policy][extends]") {
    const LoadedPolicy loaded = load_parts(with_policies("  a: { extends: b }\n  b: { extends: c }\n  c: { extends: a }\n  d: { extends: a }\n"));
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front().id == "extends-cycle");
    CHECK(loaded.findings.front().message == "policies extend each other in a circle: a → b → c → a");
    CHECK(ids_in(load_parts(with_policies("  a: { extends: a }\n"))) == std::vector<std::string>{"extends-cycle"});
}

TEST_CASE("a policy that is extended must be there", "[policy][extends]") {
    const LoadedPolicy loaded = load_parts(with_policies("  a: { extends: dailly, backups: { log: { every: 1h } } }\n"));
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front().id == "unknown-reference");
    CHECK(loaded.findings.front().fix == "Did you mean `daily`?");
}

TEST_CASE("what two files define names both places", "[policy][join]") {
    const LoadedPolicy loaded = load_policy_texts({{"a.yaml", policy_of({})},
                                                   {"b.yaml", "version: 1\ndatabases:\n  notes: { engine: sqlite, environment: main, policy: daily, path: /srv/b.db }\n"},
                                                   {"c.yaml", "version: 1\ncompression: zstd\n"},
                                                   {"d.yaml", "version: 1\ncompression: zstd\n"}}, whole_build());
    REQUIRE(loaded.findings.size() == 2);
    CHECK(loaded.findings[0].id == "duplicate-definition");
    CHECK(loaded.findings[0].message == "`databases.notes` is already defined at a.yaml:9:3");
    CHECK(loaded.findings[0].place->file == "b.yaml");
    CHECK(loaded.findings[1].message == "`compression` is already defined at c.yaml:2:1");
}

TEST_CASE("waivers of several files stand in one list", "[policy][join]") {
    const std::string people = "people:\n  ann: { public_key: \"ed25519:…\", roles: [operator] }\n  bob: { public_key: \"ed25519:…\", roles: [approver] }\n";
    const std::string waiver = "version: 1\nwaivers: [{ check: COPY-SITES, because: x, asked_by: ann, approved_by: bob, until: 2027-01-31 }]\n";
    PolicyParts parts;
    parts.more = people;
    const LoadedPolicy loaded = load_policy_texts({{"a.yaml", policy_of(parts)}, {"b.yaml", waiver}, {"c.yaml", waiver}}, whole_build());
    CHECK(loaded.usable());
    CHECK(loaded.policy.waivers.size() == 2);
    CHECK(loaded.origins.place_of({"waivers", "1", "until"})->file == "c.yaml");
}

TEST_CASE("a long line of ancestors is refused", "[policy][extends]") {
    std::string policies;
    for (int i = 0; i < 2000; ++i) policies += "  p" + std::to_string(i) + ": { extends: " + (i == 1999 ? "daily" : "p" + std::to_string(i + 1)) + " }\n";
    const LoadedPolicy loaded = load_parts(with_policies(policies));
    CHECK(find_id(loaded, "extends-too-deep") != nullptr);
}

}  // namespace
}  // namespace holdfast
