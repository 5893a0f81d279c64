#include "engine/cli/completion.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

namespace {

struct CompletionFixture : CommandFixture {
    std::string offers(std::vector<std::string> words) {
        words.insert(words.begin(), {"__complete", "--"});
        return run(words).out;
    }
};

}  // namespace

TEST_CASE_METHOD(CompletionFixture, "commands and groups are offered first", "[cli]") {
    const std::string all = offers({""});
    CHECK(all.find("plan\n") != std::string::npos);
    CHECK(all.find("runs\n") != std::string::npos);
    CHECK(all.find("__complete") == std::string::npos);
    CHECK(offers({"tic"}) == "tick\n");
}

TEST_CASE_METHOD(CompletionFixture, "options are offered where one begins", "[cli]") {
    CHECK(offers({"plan", "--de"}) == "--detailed-exitcode\n");
    CHECK(offers({"--pol"}) == "--policies\n");
    CHECK(offers({"plan", "--format", "j"}) == "json\n");
    CHECK(offers({"policy", "check", "--format", "j"}) == "json\njunit\n");
}

TEST_CASE_METHOD(CompletionFixture, "databases, environments and runbooks are known", "[cli]") {
    set_up();
    CHECK(offers({"backup", "now", ""}) == "orders\n");
    CHECK(offers({"restore", "o"}) == "orders\n");
    CHECK(offers({"plan", "--environment", ""}) == "shop\n");
    CHECK(offers({"run", "acc"}) == "accidental-deletion\n");
    CHECK(offers({"restore", "orders", "--to", ""}) == "file:\n");
}

TEST_CASE_METHOD(CompletionFixture, "a runbook's own parameters and their values are known", "[cli]") {
    set_up();
    CHECK(offers({"run", "accidental-deletion", "--be"}) == "--before\n");
    CHECK(offers({"run", "accidental-deletion", "--mode", ""}) == "merge\nside-by-side\n");
    CHECK(offers({"run", "accidental-deletion", "--database", ""}) == "orders\n");
}

TEST_CASE_METHOD(CompletionFixture, "points and runs are known", "[cli]") {
    set_up();
    CHECK(offers({"catalog", "show", ""}).empty());
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    CHECK(offers({"catalog", "show", ""}).size() == 27);
    CHECK(offers({"runs", "show", ""}).empty());
}

TEST_CASE_METHOD(CompletionFixture, "where nothing can be read nothing is offered and nothing is said", "[cli]") {
    write("policies", "not a folder");
    const Ran ran = run({"__complete", "--", "backup", "now", ""});
    CHECK(ran.status == 0);
    CHECK(ran.out.empty());
    CHECK(ran.err.empty());
}
