#include "engine/policy/load.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "engine/base/file.hpp"
#include "tests/engine/policy/policy_text.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

namespace holdfast {
namespace {

LoadOptions in_folder(const std::string& folder) {
    LoadOptions options = whole_build();
    options.folder = fs::path(HOLDFAST_SOURCE_DIR) / folder;
    return options;
}
const std::string kMistakes = "tests/engine/policy/fixtures/mistakes";

void put_file(const fs::path& path, const std::string& text) { write_file_durably(path, as_bytes(text)); }

TEST_CASE("the policy of a whole company loads without an error", "[policy][load]") {
    const LoadedPolicy loaded = load_policy(in_folder("policies/examples/acme"));
    CHECK(loaded.usable());
    CHECK(ids_in(loaded) == std::vector<std::string>{"placeholder-key", "placeholder-key"});
    const Policy& policy = loaded.policy;
    CHECK(policy.timezone == "Europe/Berlin");
    CHECK(policy.stores.size() == 2);
    CHECK(policy.environments.size() == 3);
    CHECK(policy.policies.size() == 3);
    CHECK(policy.databases.size() == 4);
    CHECK(policy.scenarios.size() == 3);
    CHECK(policy.drills.size() == 1);
    CHECK(policy.notify.size() == 1);
    CHECK(policy.people.size() == 2);
    CHECK(policy.waivers.size() == 1);
}

TEST_CASE("all mistakes of a folder are found at once", "[policy][load]") {
    const LoadedPolicy loaded = load_policy(in_folder(kMistakes));
    CHECK_FALSE(loaded.usable());
    check_golden("policy/mistakes.txt", findings_text(loaded));
}

TEST_CASE("what one file is missing is not held against the others", "[policy][load]") {
    // Once the broken files are mended, the names that lead nowhere come to light.
    std::vector<PolicyText> texts;
    for (const std::string name : {"a-keys.yaml", "b-policies.yml", "c-people.yaml"}) {
        texts.push_back({name, text_of_file(in_folder(kMistakes).folder / name)});
    }
    check_golden("policy/mistakes-in-whole-files.txt", findings_text(load_policy_texts(std::move(texts), whole_build())));
}

TEST_CASE("a folder of several files reads as one", "[policy][load]") {
    TemporaryFolder top;
    const fs::path folder = top / "policies";
    make_private_folders(folder);
    const PolicyParts parts;
    put_file(folder / "stores.yaml", "version: 1\n" + parts.stores + parts.environments + parts.scenarios);
    put_file(folder / "how.yml", "version: 1\n" + parts.policies);
    put_file(folder / "one.yaml", "version: 1\n" + parts.databases);
    put_file(folder / "two.yaml", "version: 1\ndatabases:\n  orders: { engine: sqlite, environment: main, policy: daily, path: orders.db }\n");
    put_file(folder / "README.md", "not: [a policy");
    put_file(folder / ".hidden.yaml", "not: [a policy");
    LoadOptions options = whole_build();
    options.folder = folder;
    const LoadedPolicy loaded = load_policy(options);
    CHECK(findings_text(loaded) == "");
    CHECK(loaded.policy.databases.size() == 2);
    CHECK(loaded.policy.database(DatabaseName("orders"))->path == (top / "orders.db").string());
    CHECK(loaded.policy.state == top / ".holdfast");
    CHECK(loaded.origins.place_of({"databases", "orders", "policy"}) ==
          SourcePlace{"two.yaml", 3, 56, "  orders: { engine: sqlite, environment: main, policy: daily, path: orders.db }"});
}

TEST_CASE("a folder that is not there is an error with a way out", "[policy][load]") {
    LoadOptions options = whole_build();
    options.folder = "/nowhere/policies";
    const auto error = error_thrown_by([&] { load_policy(options); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Missing);
    CHECK(error->hint.find("runbook init") != std::string::npos);
}

TEST_CASE("a folder without a policy is a problem", "[policy][load]") {
    TemporaryFolder folder;
    LoadOptions options = whole_build();
    options.folder = folder.path();
    CHECK(ids_in(load_policy(options)) == std::vector<std::string>{"no-policy"});
}

TEST_CASE("a policy folder given with a slash at its end has the same parent", "[policy][load]") {
    LoadOptions options = whole_build();
    options.folder = "/srv/app/policies/";
    CHECK(load_policy_text("p.yaml", policy_of({}), options).policy.state == "/srv/app/.holdfast");
}

TEST_CASE("something that is no file is refused without being opened", "[policy][load]") {
    TemporaryFolder folder;
    REQUIRE(::mkfifo((folder / "pipe.yaml").c_str(), 0600) == 0);
    LoadOptions options = whole_build();
    options.folder = folder.path();
    const LoadedPolicy loaded = load_policy(options);
    REQUIRE_FALSE(loaded.findings.empty());
    CHECK(loaded.findings.front().id == "hostile-yaml");
    CHECK(loaded.findings.front().place->file == "pipe.yaml");
}

TEST_CASE("five thousand databases load", "[policy][load]") {
    std::string databases = "databases:\n";
    for (int i = 0; i < 5000; ++i) {
        databases += "  db-" + std::to_string(i) + ": { engine: sqlite, environment: main, policy: daily, path: /srv/db-" + std::to_string(i) + ".db }\n";
    }
    PolicyParts parts;
    parts.databases = databases;
    const std::string text = policy_of(parts);
    const LoadedPolicy loaded = load_policy_text("p.yaml", text, whole_build());
    CHECK(loaded.usable());
    CHECK(loaded.policy.databases.size() == 5000);
}

TEST_CASE("the same text gives the same findings and the same policy", "[policy][load]") {
    const LoadedPolicy first = load_policy(in_folder(kMistakes)), second = load_policy(in_folder(kMistakes));
    CHECK(first.findings == second.findings);
}

}  // namespace
}  // namespace holdfast
