#include "engine/cli/command_line.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

namespace {

std::pair<std::string, std::string> complaint_about(const std::vector<std::string>& words) {
    try {
        read_command_line(words);
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Usage);
        return {error.message, error.hint};
    }
    return {"accepted", ""};
}

}  // namespace

TEST_CASE("a command is found with its options and arguments", "[cli]") {
    const CommandLine line = read_command_line({"backup", "now", "orders", "--keep=30d", "--why", "before the move", "-v"});
    REQUIRE(line.command != nullptr);
    CHECK(line.command->path == "backup now");
    CHECK(line.arguments.text("DATABASE") == "orders");
    CHECK(line.arguments.text("--keep") == "30d");
    CHECK(line.arguments.text("--why") == "before the move");
    CHECK(line.arguments.has("--verbose"));
    CHECK_FALSE(line.arguments.has("--full"));
}

TEST_CASE("options may stand before the command", "[cli]") {
    const CommandLine line = read_command_line({"--policies", "here", "--format", "json", "plan"});
    CHECK(line.command->path == "plan");
    CHECK(line.arguments.text("--policies") == "here");
    CHECK(line.arguments.text("--format") == "json");
}

TEST_CASE("a runbook's own parameters are handed on in their order", "[cli]") {
    const CommandLine line = read_command_line({"run", "accidental-deletion", "--before", "20m ago", "--yes", "--table=orders"});
    CHECK(line.arguments.text("NAME") == "accidental-deletion");
    CHECK(line.arguments.has("--yes"));
    CHECK(line.arguments.more == std::vector<std::string>{"--before", "20m ago", "--table=orders"});
}

TEST_CASE("a word that is nearly right gets a suggestion", "[cli]") {
    CHECK(complaint_about({"polcy", "check"}) == std::pair<std::string, std::string>{"there is no command polcy", "Did you mean policy?"});
    CHECK(complaint_about({"policy", "chekc"}) ==
          std::pair<std::string, std::string>{"there is no command policy chekc", "Did you mean check?"});
    CHECK(complaint_about({"plan", "--untill", "2027-01-01"}) ==
          std::pair<std::string, std::string>{"unknown option --untill", "Did you mean --until?"});
}

TEST_CASE("what is missing or too much is named", "[cli]") {
    CHECK(complaint_about({"catalog", "show"}).first == "runbook catalog show needs POINT");
    CHECK(complaint_about({"version", "please"}).first == "unexpected argument please");
    CHECK(complaint_about({"plan", "--out"}).first == "--out needs a value");
    CHECK(complaint_about({"plan", "--out", "a", "--out", "b"}).first == "--out was given 2 times");
    CHECK(complaint_about({"runs", "resolve", "r", "--as", "perhaps"}).first == "--as does not take perhaps");
    CHECK(complaint_about({"completion", "fish"}).first == "SHELL does not take fish");
}

TEST_CASE("help needs no arguments", "[cli]") {
    CHECK(read_command_line({"catalog", "show", "--help"}).asked_for_help);
    CHECK(read_command_line({"-h"}).command == nullptr);
    CHECK(read_command_line({"catalog", "-h"}).group == "catalog");
}

TEST_CASE("a positional that repeats takes as many words as are given, and behind -- all of them", "[cli]") {
    CHECK(read_command_line({"policy", "check", "a", "b", "c"}).arguments.all("PATH") == std::vector<std::string>{"a", "b", "c"});
    const CommandLine line = read_command_line({"exec", "orders", "--then", "full", "--", "sh", "-c", "exit 7", "-q"});
    CHECK(line.arguments.text("DATABASE") == "orders");
    CHECK(line.arguments.all("COMMAND") == std::vector<std::string>{"sh", "-c", "exit 7", "-q"});
}
