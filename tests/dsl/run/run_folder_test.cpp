#include "dsl/run/run_folder.hpp"

#include <catch2/catch.hpp>

#include "tests/support/installation_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("a run is named by the beginning or the end of its id", "[dsl][run]") {
    InstallationFixture fixture;
    const Installation place = fixture.installation();
    for (const char* id : {"01aaaa11", "01aaab22", "01bbbb33"}) {
        make_private_folders(run_folder(place, RunId(id)));
        write_file_durably(journal_of(run_folder(place, RunId(id))), as_bytes("x"));
    }
    make_private_folders(run_folder(place, RunId("01cccc44")));   // It never began.
    CHECK(all_runs(place).size() == 3);
    CHECK(all_runs(place).front().str() == "01bbbb33");
    CHECK(run_named(place, "01b").str() == "01bbbb33");
    CHECK(run_named(place, "22").str() == "01aaab22");
    CHECK_THROWS_WITH(run_named(place, "01aaa"), Contains("fits several runs"));
    CHECK_THROWS_WITH(run_named(place, "01c"), Contains("there is no run"));
    CHECK_THROWS_AS(run_named(place, ""), Error);
    CHECK_THROWS_AS(existing_run_folder(place, RunId("01cccc44")), Error);
    CHECK_THROWS_AS(run_folder(place, RunId("../../etc")), Error);
}
