#include "engine/operations/check_policy.hpp"

#include <catch2/catch.hpp>

#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "folders are judged each for itself and files together", "[operations]") {
    const PolicyCheck folder_check = check_policy(built(), {folder / "policies"});
    CHECK(folder_check.exit_status() == 0);
    CHECK(folder_check.databases == 1);
    write("a.yaml", policy_text().substr(0, policy_text().find("databases:")));
    write("b.yaml", "version: 1\n" + policy_text().substr(policy_text().find("databases:")));
    CHECK(check_policy(built(), {folder / "a.yaml", folder / "b.yaml"}).errors == 0);
    const PolicyCheck half = check_policy(built(), {folder / "b.yaml"});
    CHECK(half.errors > 0);
    CHECK(half.exit_status() == 65);
}
