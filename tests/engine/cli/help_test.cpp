#include "engine/cli/help.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "engine/base/text.hpp"
#include "tests/support/golden.hpp"

using namespace holdfast;

TEST_CASE("help of the program shows every command and every exit status", "[cli]") {
    check_golden("cli/help.txt", program_help(Style(false)));
}

TEST_CASE("help of a group shows its commands", "[cli]") { check_golden("cli/help_catalog.txt", group_help("catalog", Style(false))); }

TEST_CASE("help of a command shows its arguments, options and examples", "[cli]") {
    check_golden("cli/help_plan.txt", command_help(*command_at("plan"), Style(false)));
}

TEST_CASE("the command reference is what help says", "[cli]") {
    // Everything in the README from the mark on is generated: ACCEPT=1 rewrites it.
    const std::filesystem::path file = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "engine/cli/README.md";
    const std::string mark = "<!-- what follows is generated from the table of commands -->\n";
    const std::string readme = text_of_file(file);
    const auto at = readme.find(mark);
    REQUIRE(at != std::string::npos);
    check_against_file(file, readme.substr(0, at) + mark + reference_markdown());
}

TEST_CASE("no help line is wider than a terminal", "[cli]") {
    std::string all = program_help(Style(false));
    for (const Command& command : all_commands()) all += command_help(command, Style(false));
    for (const std::string& line : split(all, '\n')) {
        if (columns_of(line) > 108) FAIL("too wide: " << line);
    }
}

TEST_CASE("every command stands alone or in a group that is named", "[cli]") {
    std::set<std::string_view> groups;
    for (const CommandGroup& group : command_groups()) groups.insert(group.name);
    std::set<std::string_view> paths;
    for (const Command& command : all_commands()) {
        INFO(command.path);
        CHECK(paths.insert(command.path).second);
        CHECK((group_of(command).empty() || groups.contains(group_of(command))));
        CHECK(command.run != nullptr);
        CHECK_FALSE(command.summary.empty());
        for (const Option& option : command.options) CHECK_FALSE(option.help.empty());
    }
}
