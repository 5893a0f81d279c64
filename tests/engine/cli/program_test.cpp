#include "engine/cli/program.hpp"

#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "without a command the help is shown and the status says usage", "[cli]") {
    const Ran ran = run({});
    CHECK(ran.status == 64);
    CHECK(ran.complains("runbook COMMAND [options]"));
    CHECK(run({"--help"}).status == 0);
    CHECK(run({"--version"}).out == "runbook 0.1.0\n");
}

TEST_CASE_METHOD(CommandFixture, "a failure says what to do next", "[cli]") {
    const Ran ran = run({"plan"});
    CHECK(ran.status == 74);
    CHECK(ran.complains("runbook: there is no folder policies/ in "));
    CHECK(ran.complains("runbook init"));
    CHECK(ran.out.empty());
}

TEST_CASE_METHOD(CommandFixture, "a failure as JSON has code, message and hint", "[cli]") {
    for (const auto& words : {std::vector<std::string>{"plan", "--format", "json"}, {"plan", "--format=json"}}) {
        const Ran ran = run(words);
        CHECK(ran.status == 74);
        CHECK(ran.says("\"code\": \"missing\""));
        CHECK(ran.says("\"hint\": \"Begin with: runbook init."));
    }
    CHECK(run({"plann", "--format", "json"}).says("\"code\": \"usage\""));
}

TEST_CASE_METHOD(CommandFixture, "a policy with errors is shown whole and refused with 65", "[cli]") {
    set_up();
    write("policies/more.yaml", "databases:\n  twice: { engine: sqlite, environment: shop, policy: nihgtly, path: a.db }\n");
    const Ran ran = run({"tick"});
    CHECK(ran.status == 65);
    CHECK(ran.complains("more.yaml:2"));
    CHECK(ran.complains("runbook: the policy has "));
    CHECK(run({"tick", "--format", "json"}).says("\"findings\": ["));
}

TEST_CASE_METHOD(CommandFixture, "a moved clock is said", "[cli]") {
    variables["HOLDFAST_NOW"] = "2026-11-20T12:00:00Z";
    CHECK(run({"version"}).complains("HOLDFAST_NOW is set"));
    CHECK_FALSE(run({"version", "-q"}).complains("HOLDFAST_NOW"));
}

TEST_CASE_METHOD(CommandFixture, "a format that a command does not write is refused", "[cli]") {
    const Ran ran = run({"version", "--format", "sarif"});
    CHECK(ran.status == 64);
    CHECK(ran.complains("It writes: text, json."));
}
