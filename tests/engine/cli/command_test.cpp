#include "engine/cli/command.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("arguments answer for what was given and for what was not", "[cli]") {
    Arguments arguments;
    arguments.put("--table", {"orders", "items"});
    CHECK(arguments.has("--table"));
    CHECK(arguments.text("--table") == "orders");
    CHECK(arguments.all("--table") == std::vector<std::string>{"orders", "items"});
    CHECK(arguments.maybe("--to") == std::nullopt);
    CHECK(arguments.all("--to").empty());
}

TEST_CASE("every command takes --help and --format", "[cli]") {
    bool help = false, format = false;
    for (const Option& option : options_of_every_command()) {
        help = help || option.name == "--help";
        format = format || option.name == "--format";
    }
    CHECK((help && format));
    CHECK(formats_of(Command{.path = "x", .summary = "y"}) == "text json");
    CHECK(formats_of(Command{.path = "x", .summary = "y", .finds = true}) == "text json junit sarif");
}
