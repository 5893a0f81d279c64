#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"
#include "tests/support/golden.hpp"

namespace holdfast {
namespace {

LoadOptions small_build() {
    LoadOptions options;
    options.engines = {EngineKind::Sqlite};
    options.store_schemes = {"file"};
    options.folder = "/srv/app/policies";
    options.today = *parse_rfc3339("2026-11-20T12:00:00Z");
    options.runbooks = {"accidental-deletion"};
    return options;
}

TEST_CASE("what a build cannot do is named and nothing more", "[policy][availability]") {
    const std::filesystem::path acme = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "policies/examples/acme/acme.yaml";
    const LoadedPolicy loaded = load_policy_text("acme.yaml", text_of_file(acme), small_build());
    CHECK(loaded.usable());
    check_golden("policy/not-in-build.txt", findings_text(loaded));
}

TEST_CASE("a policy that the build can carry out gets no notes", "[policy][availability]") {
    LoadOptions options = small_build();
    options.runbooks.reset();
    CHECK(findings_text(load_policy_text("p.yaml", policy_of({}), options)) == "");
}

TEST_CASE("a kind of store that the language does not know is an error", "[policy][availability]") {
    PolicyParts parts;
    parts.stores = "stores: { local: { url: \"fiel:///srv/backups\" } }\n";
    const LoadedPolicy loaded = load_parts(parts);
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front().id == "bad-value");
    CHECK(loaded.findings.front().fix == "Did you mean `file`?");
}

TEST_CASE("many databases of an engine that is missing are one note", "[policy][availability]") {
    PolicyParts parts;
    parts.databases = "databases:\n";
    for (int i = 0; i < 20; ++i) parts.databases += "  db" + std::to_string(i) + ": { engine: postgres, environment: main, policy: daily, connection: \"service=db" + std::to_string(i) + "\" }\n";
    LoadOptions options = small_build();
    options.runbooks.reset();
    const LoadedPolicy loaded = load_policy_text("p.yaml", policy_of(parts), options);
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front().message == "engine postgres is not available in this build (db0, db1, db2, db3, db4 and 15 more)");
}

TEST_CASE("a runbook that is not there suggests the one that was meant", "[policy][availability]") {
    PolicyParts parts;
    parts.scenarios = "scenarios: { accidental-deletion: { runbook: acidental-deletion }, corruption: { runbook: accidental-deletion }, total-failure: { runbook: accidental-deletion } }\n";
    const LoadedPolicy loaded = load_policy_text("p.yaml", policy_of(parts), small_build());
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings.front().severity == Severity::Note);
    CHECK(loaded.findings.front().fix == "Did you mean `accidental-deletion`?");
}

}  // namespace
}  // namespace holdfast
