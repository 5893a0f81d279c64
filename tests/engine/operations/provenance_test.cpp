#include "engine/operations/provenance.hpp"

#include <catch2/catch.hpp>

#include <fstream>

#include "engine/base/process.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

void git(const std::filesystem::path& folder, std::vector<std::string> words) {
    std::vector<std::string> argv{"git", "-C", folder.string(), "-c", "user.name=t", "-c", "user.email=t@example.org"};
    argv.insert(argv.end(), words.begin(), words.end());
    REQUIRE(run_process(argv).ok());
}

}  // namespace

TEST_CASE("outside git there is no commit", "[operations]") {
    TemporaryFolder folder;
    CHECK(git_state_of(folder.path()).commit.empty());
    CHECK_FALSE(git_state_of(folder.path()).dirty);
}

TEST_CASE("inside git the commit is named, and whether the folder differs from it", "[operations]") {
    TemporaryFolder folder;
    std::filesystem::create_directories(folder / "policies");
    std::ofstream(folder / "policies/a.yaml") << "version: 1\n";
    git(folder.path(), {"init", "-q"});
    CHECK(git_state_of(folder / "policies").commit.empty());
    git(folder.path(), {"add", "."});
    git(folder.path(), {"commit", "-q", "-m", "one"});
    CHECK(git_state_of(folder / "policies").commit.size() == 40);
    CHECK_FALSE(git_state_of(folder / "policies").dirty);
    std::ofstream(folder / "elsewhere") << "x";
    CHECK_FALSE(git_state_of(folder / "policies").dirty);
    std::ofstream(folder / "policies/b.yaml") << "x";
    CHECK(git_state_of(folder / "policies").dirty);
}

TEST_CASE("the same policy has the same hash wherever it stands", "[operations]") {
    Policy policy;
    const std::string hash = provenance_of(policy, "0.1.0").policy_hash;
    CHECK(hash.size() == 64);
    CHECK(provenance_of(policy, "0.2.0").policy_hash == hash);
    policy.timezone = "Europe/Berlin";
    policy.people.push_back({"dba-one", "ed25519:", {Role::Approver}});
    CHECK(provenance_of(policy, "0.1.0").policy_hash != hash);
    CHECK_FALSE(account_name().empty());
    CHECK_FALSE(host_name().empty());
}
