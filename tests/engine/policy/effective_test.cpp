#include "engine/policy/effective.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/thrown.hpp"

namespace holdfast {
namespace {

LoadedPolicy load_acme() {
    const std::filesystem::path folder = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "policies/examples/acme";
    return load_policy_texts({{"acme.yaml", text_of_file(folder / "acme.yaml")}, {"waivers.yaml", text_of_file(folder / "waivers.yaml")}}, whole_build());
}

TEST_CASE("the effective text of a folder is complete and fixed", "[policy][effective]") { check_golden("policy/effective.txt", effective_text(load_acme().policy)); }

TEST_CASE("the effective text does not depend on how the files are laid out", "[policy][effective]") {
    const PolicyParts parts;
    const LoadedPolicy one = load_parts(parts);
    const LoadedPolicy several = load_policy_texts({{"z.yaml", "version: 1\n# a comment\n" + parts.scenarios + parts.policies}, {"a.yaml", "version: 1\n" + parts.databases + parts.environments + parts.stores}}, whole_build());
    CHECK(effective_text(one.policy) == effective_text(several.policy));
    CHECK(effective_text(one.policy, DatabaseName("notes")) == effective_text(several.policy, DatabaseName("notes")));
}

TEST_CASE("a value that changes what holds changes the effective text", "[policy][effective]") {
    PolicyParts parts;
    const std::string before = effective_text(load_parts(parts).policy, DatabaseName("notes"));
    parts.more = "compression: zstd:9\n";
    CHECK(effective_text(load_parts(parts).policy, DatabaseName("notes")) != before);
    parts.more = "";
    parts.databases += "  other: { engine: sqlite, environment: main, policy: daily, path: /srv/o.db }\n";
    CHECK(effective_text(load_parts(parts).policy, DatabaseName("notes")) == before);
}

TEST_CASE("a value cannot pass for another field", "[policy][effective]") {
    PolicyParts parts;
    parts.databases = "databases:\n  notes: { engine: sqlite, environment: main, policy: daily, path: /srv/notes.db, owner: \"x\\nrpo = 1y\" }\n";
    CHECK(effective_text(load_parts(parts).policy, DatabaseName("notes")).find("\nrpo = 1y") == std::string::npos);
}

TEST_CASE("a database that is not there is an error with a suggestion", "[policy][effective]") {
    const Policy policy = load_parts({}).policy;
    const auto error = error_thrown_by([&] { effective_fields(policy, DatabaseName("note")); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Missing);
    CHECK(error->hint == "Did you mean notes?");
}

}  // namespace
}  // namespace holdfast
