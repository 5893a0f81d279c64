#include "engine/app/shipped.hpp"

#include <catch2/catch.hpp>

#include <fstream>

#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

TEST_CASE("an installed program finds what lies beside it and what was installed", "[app]") {
    TemporaryFolder folder;
    CHECK(shipped_runbooks("/usr/share/holdfast", folder / "bin/runbook") ==
          std::vector<fs::path>{folder / "share/holdfast/runbooks", "/usr/share/holdfast/runbooks"});
}

TEST_CASE("a program in its build folder finds the source tree's runbooks first", "[app]") {
    TemporaryFolder folder;
    fs::create_directories(folder / "build/dev");
    fs::create_directories(folder / "runbooks");
    std::ofstream(folder / "build/dev/CMakeCache.txt") << "";
    std::ofstream(folder / "CMakeLists.txt") << "";
    const auto folders = shipped_runbooks("/usr/share/holdfast", folder / "build/dev/runbook");
    REQUIRE(folders.size() == 3);
    CHECK(folders[0] == folder / "runbooks");
}

TEST_CASE("a program that cannot tell where it is has the installed ones", "[app]") {
    CHECK(shipped_runbooks("/usr/share/holdfast", "") == std::vector<fs::path>{"/usr/share/holdfast/runbooks"});
}
