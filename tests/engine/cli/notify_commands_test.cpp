#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "a test message says what was answered, and its status whether it was told", "[cli][notices]") {
    set_up("notify:\n  good: { command: [\"true\"], on: [backup_failed] }\n  bad: { command: [\"false\"], on: [backup_failed] }\n");
    const Ran good = run({"notify", "test", "good"});
    CHECK(good.status == 0);
    CHECK(good.out == "told good (true): status 0\n");
    const Ran bad = run({"notify", "test", "bad"});
    CHECK(bad.status == 69);
    CHECK(bad.out == "not told bad (false): false ended with status 1\n");
    CHECK(run({"notify", "test", "bad", "--format", "json"}).says("\"told\": false"));
    CHECK(run({"notify", "test", "god"}).complains("Did you mean good?"));
}

TEST_CASE_METHOD(CommandFixture, "a tick tells what is wrong, and lists show what was told and what waits", "[cli][notices]") {
    set_up("notify:\n  good: { command: [\"true\"], on: [backup_failed] }\n  bad: { command: [\"false\"], on: [backup_failed] }\n");
    CHECK(run({"notify", "list"}).says("Nothing is wrong that anybody was told of.\n"));
    std::filesystem::rename(database(), folder / "gone.db");
    clock.set(*parse_rfc3339("2026-11-21T01:05:00Z"));
    const Ran ticked = run({"tick"});
    CHECK(ticked.status == 69);
    CHECK(ticked.says("not told: bad: false ended with status 1\n"));
    CHECK(ticked.says("1 message sent\n"));
    const Ran listed = run({"notify", "list"});
    INFO(listed.out);
    CHECK(listed.says("good  backup_failed"));
    CHECK(listed.says("on its way: bad: error: orders: the full backup that was due at 2026-11-15 02:00:00 CET failed"));
    CHECK(listed.says("tried 1 time, next at 2026-11-21 02:06:00 CET: false ended with status 1\n"));
    CHECK(run({"notify", "list", "--format", "json"}).says("\"last_error\": \"false ended with status 1\""));
}
