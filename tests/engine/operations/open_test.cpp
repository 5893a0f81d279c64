#include "engine/operations/open.hpp"

#include <catch2/catch.hpp>

#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE("the policy folder is the nearest one above", "[operations]") {
    TemporaryFolder folder;
    fs::create_directories(folder / "policies");
    fs::create_directories(folder / "deep/below");
    CHECK(find_policy_folder(std::nullopt, folder.path()) == folder / "policies");
    CHECK(find_policy_folder(std::nullopt, folder / "deep/below") == folder / "policies");
    fs::create_directories(folder / "deep/policies");
    CHECK(find_policy_folder(std::nullopt, folder / "deep/below") == folder / "deep/policies");
    CHECK(find_policy_folder("deep/policies", folder.path()) == folder / "deep/policies");
}

TEST_CASE("a policy folder that is not there is missing", "[operations]") {
    TemporaryFolder folder;
    CHECK_THROWS_WITH(find_policy_folder(std::nullopt, folder.path()), Catch::Contains("there is no folder policies/ in "));
    CHECK_THROWS_WITH(find_policy_folder("here", folder.path()), Catch::Contains("there is no policy folder "));
}

TEST_CASE_METHOD(WorkplaceFixture, "runbooks beside the policy come before those shipped", "[operations]") {
    fs::create_directories(folder / "runbooks");
    const auto folders = runbook_folders(built(), folder / "policies");
    REQUIRE(folders.size() == 2);
    CHECK(folders[0] == folder / "runbooks");
}

TEST_CASE_METHOD(WorkplaceFixture, "a policy with errors is refused with everything that is wrong", "[operations]") {
    set_up("nonsense: 1\nrubbish: 2\n");
    const Built program = built();
    try {
        require_policy(program, folder / "policies");
        FAIL("accepted");
    } catch (const BadPolicyError& error) {
        CHECK(error.code == ErrorCode::BadPolicy);
        CHECK(error.message == "the policy has 2 errors");
        CHECK(error.findings.size() >= 2);
    }
}

TEST_CASE_METHOD(WorkplaceFixture, "a workplace makes its private state folder", "[operations]") {
    open();
    CHECK((fs::status(folder / ".holdfast").permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK(place().installation().provenance.policy_hash.size() == 64);
    CHECK(place().installation().state == folder / ".holdfast");
}

TEST_CASE_METHOD(WorkplaceFixture, "a plan is asked only for what this build can do", "[operations]") {
    const PlanOptions options = plan_options(built());
    REQUIRE(options.can_run);
    CHECK(*options.can_run == std::vector<std::pair<EngineKind, BackupKind>>{{EngineKind::Sqlite, BackupKind::Full},
                                                                             {EngineKind::Sqlite, BackupKind::Incremental},
                                                                             {EngineKind::Sqlite, BackupKind::Log}});
    CHECK(*options.store_schemes == std::vector<std::string>{"file"});
}
