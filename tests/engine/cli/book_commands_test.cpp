#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "the shipped runbooks are listed without a policy", "[cli]") {
    const Ran ran = run({"book", "list"});
    CHECK(ran.status == 0);
    CHECK(ran.says("accidental-deletion  Bring deleted rows back"));
    CHECK(run({"book", "list", "--format", "json"}).says("\"name\": \"accidental-deletion\""));
}

TEST_CASE_METHOD(CommandFixture, "a runbook is shown with its parameters and its text", "[cli]") {
    const Ran ran = run({"book", "show", "accidental-deletion"});
    CHECK(ran.status == 0);
    CHECK(ran.says("--before"));
    CHECK(ran.says("return runbook {"));
    CHECK(run({"book", "show", "accidental-deletoin"}).complains("accidental-deletion"));
}

TEST_CASE_METHOD(CommandFixture, "the shipped runbooks pass lint", "[cli]") {
    const Ran ran = run({"book", "lint"});
    INFO(ran.out);
    CHECK(ran.status == 0);
    CHECK(run({"book", "lint", "--format", "sarif"}).says("\"version\": \"2.1.0\""));
}

TEST_CASE_METHOD(CommandFixture, "a runbook of one's own is begun, passes lint and is found", "[cli]") {
    set_up();
    const Ran ran = run({"book", "new", "rename-shop"});
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(std::filesystem::exists(folder / "runbooks/rename-shop.lua"));
    CHECK(run({"book", "lint", "rename-shop"}).status == 0);
    CHECK(run({"book", "list"}).says("rename-shop"));
    CHECK(run({"book", "new", "rename-shop"}).status == 74);
    CHECK(run({"book", "new", "Not A Name"}).status == 64);
}

TEST_CASE_METHOD(CommandFixture, "a broken runbook is listed with what is wrong and fails lint", "[cli]") {
    set_up();
    std::filesystem::create_directories(folder / "runbooks");
    write("runbooks/broken.lua", "return runbook { name = \"broken\",\n  run = funktion(a) end }\n");
    CHECK(run({"book", "list"}).says("cannot be loaded:"));
    const Ran lint = run({"book", "lint", "broken"});
    CHECK(lint.status == 65);
    CHECK(lint.says("broken.lua:2"));
    CHECK(run({"run", "broken", "--yes"}).status == 65);
}
