#include "engine/policy/shape.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

using Problemlist = std::vector<std::string>;

TEST_CASE("a small policy has no problem", "[policy][shape]") {
    CHECK(findings_text(load_parts({})) == "");
}

TEST_CASE("an unknown key suggests the one that was meant", "[policy][shape]") {
    PolicyParts parts;
    parts.more = "compresion: zstd\n";
    const LoadedPolicy loaded = load_parts(parts);
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front() == Finding{"unknown-key", Severity::Error, SourcePlace{"p.yaml", 10, 1, "compresion: zstd"}, "", "`compresion` is not a key", "Did you mean `compression`?"});
}

TEST_CASE("a key at the wrong depth says where it belongs", "[policy][shape]") {
    PolicyParts parts;
    parts.databases = "databases:\n  notes: { engine: sqlite, environment: main, policy: daily, path: /x, retention: { daily: 3d } }\n";
    const Finding* finding = find_id(load_parts(parts), "unknown-key");
    const LoadedPolicy loaded = load_parts(parts);
    finding = find_id(loaded, "unknown-key");
    REQUIRE(finding != nullptr);
    CHECK(finding->subject == "notes");
    CHECK(finding->fix == "It belongs to `policies.*`: check the indentation.");
}

TEST_CASE("a key that would hold a secret is not shown", "[policy][shape]") {
    PolicyParts parts;
    parts.databases = "databases:\n  notes: { engine: sqlite, environment: main, policy: daily, path: /x, password: tiger }\n";
    const LoadedPolicy loaded = load_parts(parts);
    REQUIRE(find_id(loaded, "secret-in-policy") != nullptr);
    CHECK(findings_text(loaded).find("tiger") == std::string::npos);
    parts.databases = PolicyParts{}.databases;
    parts.more = "encryption: hunter2-hunter2\n";
    CHECK(findings_text(load_parts(parts)).find("hunter2") == std::string::npos);
    CHECK_FALSE(load_parts(parts).usable());
}

TEST_CASE("required keys are missed where they belong", "[policy][shape]") {
    CHECK(problems_in_text("stores: {}\n") == Problemlist{"1:1 missing-key", "missing-key", "missing-key"});
    PolicyParts parts;
    parts.databases = "databases:\n  notes: { engine: sqlite }\n";
    CHECK(ids_in(load_parts(parts)) == Problemlist{"missing-key", "missing-key", "missing-key"});
}

TEST_CASE("the version is 1 in each file", "[policy][shape]") {
    PolicyParts parts;
    const std::string rest = policy_of(parts).substr(std::string("version: 1\n").size());
    CHECK(problems_in_text("version: 2\n" + rest) == Problemlist{"1:10 bad-value"});
    CHECK(problems_in_text("version: \"1\"\n" + rest) == Problemlist{"1:10 bad-value"});
    CHECK(problems_in_text(rest) == Problemlist{"1:1 missing-key"});
}

TEST_CASE("exactly one of cron and every says when", "[policy][shape]") {
    PolicyParts parts;
    parts.policies = "policies:\n  daily:\n    backups: { full: { cron: \"0 2 * * *\", every: 1d } }\n    retention: { daily: 3d }\n";
    CHECK(ids_in(load_parts(parts)) == Problemlist{"conflicting-keys"});
    parts.policies = "policies:\n  daily:\n    backups: { full: { start_within: 1h } }\n    retention: { daily: 3d }\n";
    CHECK(ids_in(load_parts(parts)) == Problemlist{"missing-key"});
}

TEST_CASE("an incremental or log backup needs a full one", "[policy][shape]") {
    PolicyParts parts;
    parts.policies = "policies:\n  daily:\n    backups: { incremental: { cron: \"0 2 * * *\" } }\n    retention: { daily: 3d }\n";
    const LoadedPolicy loaded = load_parts(parts);
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front().message == "`policies.daily.backups` has `incremental` but no `full` to start from");
}

TEST_CASE("a heading may stand without names", "[policy][shape]") {
    PolicyParts parts;
    parts.databases = "databases:\n  # none yet\n";
    parts.more = "waivers:\npeople:\n";
    CHECK(findings_text(load_parts(parts)) == "");
}

TEST_CASE("a file that is a list is no policy", "[policy][shape]") {
    CHECK(problems_in_text("- version: 1\n").front() == "1:1 bad-value");
}

}  // namespace
}  // namespace holdfast
