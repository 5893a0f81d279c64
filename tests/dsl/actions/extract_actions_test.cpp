#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("extract.rows gives a file that drop.copy can take away", "[dsl][actions]") {
    ActionFixture fixture;
    const Value copy = fixture.copy_of(fixture.newest_point());
    const std::string to = (fixture.folder / "out/rows.db").string();
    const auto written = fixture.perform("extract.rows", {{"from", copy}, {"to", to}, {"tables", ValueList{"orders"}}, {"where", "id <= 5"}}, 5);
    CHECK_THAT(written.sentence, Contains("5 rows of 1 table written to"));
    CHECK(Connection::open(to, OpenMode::ReadOnly).integer("SELECT count(*) FROM orders") == 5);
    fixture.perform("drop.copy", {{"copy", written.value}});
    CHECK_FALSE(fs::exists(to));
}
