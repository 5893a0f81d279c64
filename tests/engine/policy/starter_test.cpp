#include "engine/policy/starter.hpp"

#include <catch2/catch.hpp>

#include "engine/base/text.hpp"
#include "tests/engine/policy/policy_text.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/thrown.hpp"

namespace holdfast {
namespace {

LoadOptions small_build() {
    LoadOptions options;
    options.engines = {EngineKind::Sqlite};
    options.store_schemes = {"file"};
    options.folder = "/srv/app/policies";
    options.runbooks = {"accidental-deletion"};
    return options;
}

TEST_CASE("the starter policy passes its own check with a note at most", "[policy][starter]") {
    const LoadedPolicy loaded = load_policy_text("policy.yaml", starter_policy(), small_build());
    CHECK(ids_in(loaded) == std::vector<std::string>{"missing-scenario"});
    CHECK(loaded.findings.front().severity == Severity::Note);
    CHECK(loaded.policy.databases.front().path == "/srv/app/notes.db");
    CHECK(loaded.policy.stores.front().url == "file:///srv/app/backups");
    CHECK(loaded.policy.encryption.key == SecretSource{SecretKind::Environment, "BACKUP_ENCRYPTION_KEY"});
}

TEST_CASE("the starter policy takes a database and a store and a zone", "[policy][starter]") {
    const LoadedPolicy loaded = load_policy_text("policy.yaml", starter_policy({.database = "shop", .path = "/srv/my \"shop\"/shop\\1.db", .store_url = "file:///mnt/backups", .timezone = "Europe/Berlin"}), small_build());
    CHECK(loaded.usable());
    CHECK(loaded.policy.databases.front().name == DatabaseName("shop"));
    CHECK(loaded.policy.databases.front().path == "/srv/my \"shop\"/shop\\1.db");
    CHECK(loaded.policy.timezone == "Europe/Berlin");
}

TEST_CASE("what cannot stand in a policy is a usage error", "[policy][starter]") {
    CHECK(code_thrown_by([] { starter_policy({.database = "my shop"}); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([] { starter_policy({.database = "shop", .path = "a\nb"}); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([] { starter_policy({.database = "shop", .path = "a", .store_url = ""}); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([] { starter_policy({.database = "shop", .path = "a", .store_url = "file:b", .timezone = "Berlin"}); }) == ErrorCode::Usage);
}

TEST_CASE("the ready starter policy is the one that init writes", "[policy][starter]") {
    check_against_file(std::filesystem::path(HOLDFAST_SOURCE_DIR) / "policies" / "starter.yaml", starter_policy());
}

}  // namespace
}  // namespace holdfast
