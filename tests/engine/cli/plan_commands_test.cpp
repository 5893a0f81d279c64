#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "tests/support/command_fixture.hpp"
#include "tests/support/golden.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "a plan tells what would run and why and touches nothing", "[cli]") {
    set_up();
    const Ran ran = run({"plan", "--detailed-exitcode"});
    CHECK(ran.status == 2);
    CHECK(ran.says("The plan for 2026-11-20 13:00:00 CET (2026-11-20T12:00:00Z)"));
    CHECK(ran.says("1 job would run now:"));
    CHECK(ran.says("To do what is due: runbook tick"));
    CHECK_FALSE(std::filesystem::exists(folder / "backups"));
    CHECK(run({"plan"}).status == 0);
}

TEST_CASE_METHOD(CommandFixture, "tick does what is due and a second tick does nothing", "[cli]") {
    set_up();
    const Ran first = run({"tick"});
    INFO(first.err);
    CHECK(first.status == 0);
    CHECK(first.says("orders full"));
    CHECK(first.says(": done, point "));
    const Ran second = run({"tick"});
    CHECK(second.status == 0);
    CHECK(second.says("Nothing was due."));
    CHECK(run({"tick", "-q"}).out.empty());
    CHECK(run({"plan", "--detailed-exitcode"}).status == 0);
}

TEST_CASE_METHOD(CommandFixture, "apply does exactly the plan that was written", "[cli]") {
    set_up();
    const Ran planned = run({"plan", "--out", "tonight.plan"});
    REQUIRE(planned.status == 0);
    CHECK(planned.says("runbook apply tonight.plan"));
    struct stat facts {};
    REQUIRE(::stat((folder / "tonight.plan").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    CHECK(run({"plan", "--out", "tonight.plan"}).status == 74);
    const Ran applied = run({"apply", "tonight.plan"});
    INFO(applied.err);
    CHECK(applied.status == 0);
    CHECK(applied.says(": done, point "));
}

TEST_CASE_METHOD(CommandFixture, "apply refuses when the world has changed since", "[cli]") {
    set_up();
    REQUIRE(run({"plan", "--out", "old.plan"}).status == 0);
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran refused = run({"apply", "old.plan"});
    CHECK(refused.status == 75);
    CHECK(refused.complains("has changed since this plan was made"));
}

TEST_CASE_METHOD(CommandFixture, "apply refuses a file that is no plan", "[cli]") {
    set_up();
    write("broken.plan", "{\"version\": 1}");
    const Ran refused = run({"apply", "broken.plan"});
    CHECK(refused.status == 74);
    CHECK(refused.complains("broken.plan: kind: it is not plan"));
}

TEST_CASE_METHOD(CommandFixture, "a simulation lives through the time to come", "[cli]") {
    set_up();
    const Ran ran = run({"plan", "--until", "2027-01-01"});
    CHECK(ran.status == 0);
    CHECK(ran.says("worst gap"));
    CHECK(ran.complains("2027-01-01 is understood as 2027-01-01 00:00:00 CET (2026-12-31T23:00:00Z)"));
    CHECK(run({"plan", "--until", "2027-01-01", "--format", "json"}).says("\"kind\": \"simulation\""));
    CHECK(run({"plan", "--until", "2027-01-01", "--out", "x"}).status == 64);
}

TEST_CASE_METHOD(CommandFixture, "a plan can be asked for another time and for a part of the policy", "[cli]") {
    set_up();
    CHECK(run({"plan", "--as-of", "2026-12-01 12:00"}).says("The plan for 2026-12-01 12:00:00 CET"));
    CHECK(run({"plan", "--environment", "shop"}).says("1 job would run"));
    CHECK(run({"plan", "--environment", "shp"}).complains("Did you mean shop?"));
    CHECK(run({"plan", "--database", "odrers"}).status == 64);
}
