#include "engine/operations/git.hpp"

#include <catch2/catch.hpp>

#include "engine/base/process.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("git answers where it can, and says nothing elsewhere", "[operations][git]") {
    TemporaryFolder folder;
    CHECK_FALSE(ask_git(folder.path(), {"rev-parse", "HEAD"}));
    CHECK_FALSE(ask_git(folder / "none", {"status"}));
    CHECK(code_thrown_by([&] { commit_named(folder.path(), "main"); }) == ErrorCode::Usage);
    const auto git = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"git", "-C", folder.path().string(), "-c", "user.name=t", "-c", "user.email=t@example.org"});
        REQUIRE(run_process(words).ok());
    };
    git({"init", "-q", "-b", "main"});
    git({"commit", "-q", "--allow-empty", "-m", "one"});
    CHECK(commit_named(folder.path(), "main").size() == 40);
    CHECK(commit_named(folder.path(), "HEAD") == commit_named(folder.path(), "main"));
    // A revision that looks like an option is none.
    CHECK(code_thrown_by([&] { commit_named(folder.path(), "--output=x"); }) == ErrorCode::Usage);
}
