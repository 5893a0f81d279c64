#include "engine/operations/initialise.hpp"

#include <catch2/catch.hpp>

#include <fstream>

#include "engine/base/error.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

TEST_CASE("init writes four files", "[operations]") {
    TemporaryFolder folder;
    const InitDone done = initialise(folder.path(), {});
    CHECK(done.written == std::vector<fs::path>{folder / "policies/policy.yaml", folder / "policies/policy.schema.json",
                                                folder / "policies/ci/policy-check.yml", folder / ".gitignore"});
    CHECK(done.notes.empty());
}

TEST_CASE("init leaves a .gitignore as it is and says what to add", "[operations]") {
    TemporaryFolder folder;
    std::ofstream(folder / ".gitignore") << "build/\n";
    const InitDone done = initialise(folder.path(), {});
    CHECK(text_of_file(folder / ".gitignore") == "build/\n");
    REQUIRE(done.notes.size() == 1);
    CHECK(done.notes[0].find("add the lines .holdfast/ and backups/") != std::string::npos);
}

TEST_CASE("init refuses where a policy is, and a name that cannot be", "[operations]") {
    TemporaryFolder folder;
    StarterOptions options;
    options.database = "no such name";
    CHECK_THROWS_AS(initialise(folder.path(), options), Error);
    CHECK_FALSE(fs::exists(folder / "policies/policy.yaml"));
    fs::create_directories(folder / "policies");
    std::ofstream(folder / "policies/mine.yml") << "version: 1\n";
    CHECK_THROWS_WITH(initialise(folder.path(), {}), Catch::Contains("holds a policy already"));
}
