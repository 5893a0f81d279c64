#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "what changed anything stands in an audit chain that holds", "[cli]") {
    set_up();
    CHECK(run({"audit", "show"}).says("Nothing has changed anything yet."));
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran shown = run({"audit", "show"});
    CHECK(shown.status == 0);
    CHECK(shown.says("backup"));
    CHECK(shown.says("orders"));
    CHECK(run({"audit", "show", "--format", "json"}).says("\"kind\": \"audit\""));
    const Ran verified = run({"audit", "verify"});
    CHECK(verified.status == 0);
    CHECK(verified.says("ok: "));
}
