#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "the version is told in text and in JSON", "[cli]") {
    CHECK(run({"version"}).out == "runbook 0.1.0\n");
    CHECK(run({"version", "--format", "json"}).says("\"release\": \"0.1.0\""));
}

TEST_CASE_METHOD(CommandFixture, "completion is a script for bash that asks the program", "[cli]") {
    const Ran ran = run({"completion", "bash"});
    CHECK(ran.status == 0);
    CHECK(ran.says("complete -o filenames -F _runbook runbook"));
    CHECK(ran.says("__complete"));
    CHECK(run({"completion"}).status == 64);
}

TEST_CASE_METHOD(CommandFixture, "the program says what can be typed next", "[cli]") {
    set_up();
    CHECK(run({"__complete", "--", "poli"}).out == "policy\n");
    CHECK(run({"__complete", "--", "policy", ""}).out == "check\nprove\ntest\ndiff\nexplain\nschema\n");
}
