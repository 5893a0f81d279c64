#include "engine/cli/help.hpp"

#include <array>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// What --format says of itself.
std::string_view format_words(const Command& command) {
    if (command.has_markdown) return command.finds ? "text for people, markdown for a page; json, junit or sarif for programs" : "text for people, markdown for a page, json for programs";
    return command.finds ? "text for people; json, junit or sarif for programs" : "text for people, json for programs";
}

constexpr std::size_t kHelpColumns = 100;

struct ExitMeaning {
    int status;
    std::string_view meaning;
};
constexpr std::array<ExitMeaning, 13> kExitMeanings{{
    {0, "fine"},
    {1, "findings"},
    {2, "the plan has changes (with --detailed-exitcode)"},
    {3, "waiting for approval"},
    {4, "cannot be recovered as asked"},
    {5, "in doubt: a person must decide"},
    {64, "the command line is wrong"},
    {65, "a policy or runbook file is wrong"},
    {69, "a database or store is unavailable"},
    {70, "internal error"},
    {74, "input or output failed"},
    {75, "try again"},
    {77, "not permitted"},
}};

std::string option_title(const Option& option) {
    std::string title = option.letter.empty() ? "" : fmt::format("{}, ", option.letter);
    title += option.name;
    if (!option.value.empty()) title += fmt::format(" {}", option.value);
    return title;
}

std::string positional_usage(const Positional& positional) {
    std::string text(positional.name);
    if (positional.repeated) text += "…";
    return positional.required ? text : "[" + text + "]";
}

// Two columns: a title, and a text that is broken into lines beside it.
std::string described_lines(const std::vector<std::pair<std::string, std::string>>& entries, const Style& style) {
    std::size_t wide = 0;
    for (const auto& [title, text] : entries) wide = std::max(wide, std::min<std::size_t>(columns_of(title), 26));
    std::string all;
    for (const auto& [title, text] : entries) {
        const std::size_t columns = columns_of(title);
        all += "  " + style.strong(title);
        if (columns > wide) all += "\n" + std::string(wide + 4, ' ');
        else all += std::string(wide + 2 - columns, ' ');
        all += wrapped(text, kHelpColumns, wide + 4) + "\n";
    }
    return all;
}

std::string option_text(const Option& option) {
    std::string text(option.help);
    if (option.repeated) text += " (may be given several times)";
    return text;
}

std::string exit_lines() {
    std::string all;
    for (const ExitMeaning& meaning : kExitMeanings) all += fmt::format("  {:>2}  {}\n", meaning.status, meaning.meaning);
    return all;
}

}  // namespace

std::string usage_of(const Command& command) {
    std::string usage = fmt::format("runbook {}", command.path);
    for (const Positional& positional : command.positionals) usage += " " + positional_usage(positional);
    if (command.takes_more) usage += " [--PARAMETER VALUE …]";
    for (const Option& option : command.options) {
        usage += fmt::format(" [{}{}{}]", option.name, option.value.empty() ? "" : " ", option.value);
    }
    return usage;
}

std::string option_lines(std::span<const Option> options, const Style& style) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const Option& option : options) entries.emplace_back(option_title(option), option_text(option));
    return described_lines(entries, style);
}

std::string command_help(const Command& command, const Style& style) {
    std::string all = fmt::format("{}: {}\n\n{} {}\n", style.strong(fmt::format("runbook {}", command.path)), command.summary,
                                  style.faint("Usage:"), wrapped(usage_of(command), kHelpColumns, 7));
    if (!command.description.empty()) all += "\n" + wrapped(command.description, kHelpColumns, 0) + "\n";
    if (!command.positionals.empty()) {
        std::vector<std::pair<std::string, std::string>> entries;
        for (const Positional& one : command.positionals) entries.emplace_back(one.name, one.help);
        all += "\n" + style.faint("Arguments:") + "\n" + described_lines(entries, style);
    }
    if (!command.options.empty()) all += "\n" + style.faint("Options:") + "\n" + option_lines(command.options, style);
    all += "\n" + style.faint("Everywhere:") + "\n";
    std::vector<Option> everywhere(options_of_every_command().begin(), options_of_every_command().end());
    for (Option& option : everywhere) {
        if (option.name == "--format") option.help = format_words(command);
    }
    all += option_lines(everywhere, style);
    if (!command.examples.empty()) {
        all += "\n" + style.faint("Examples:") + "\n";
        for (const std::string_view example : command.examples) all += fmt::format("  {}\n", example);
    }
    return all;
}

std::string group_help(std::string_view group, const Style& style) {
    std::string all;
    for (const CommandGroup& known : command_groups()) {
        if (known.name == group) all = fmt::format("{}: {}\n\n", style.strong(fmt::format("runbook {}", group)), known.summary);
    }
    std::vector<std::pair<std::string, std::string>> entries;
    for (const Command& command : all_commands()) {
        if (group_of(command) == group && !command.hidden) entries.emplace_back(command.path, command.summary);
    }
    return all + described_lines(entries, style) + fmt::format("\nMore: runbook {} COMMAND --help\n", group);
}

std::string program_help(const Style& style) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const Command& command : all_commands()) {
        if (!command.hidden) entries.emplace_back(command.path, command.summary);
    }
    return fmt::format("{}: backup policy as code, and recovery you can run\n\n{} runbook COMMAND [options]\n\n{}",
                       style.strong("runbook"), style.faint("Usage:"), described_lines(entries, style)) +
           fmt::format("\n{}\n", style.faint("Everywhere:")) + option_lines(options_of_every_command(), style) +
           fmt::format("\n{}\n", style.faint("Exit status:")) + exit_lines() +
           "\nRows were deleted by mistake?  runbook run accidental-deletion --before \"20m ago\" --plan\n"
           "New here?                      runbook init\n";
}

std::string reference_markdown() {
    std::string all;
    for (const Command& command : all_commands()) {
        if (command.hidden) continue;
        all += fmt::format("\n### runbook {}\n\n```text\n{}```\n", command.path, command_help(command, Style(false)));
    }
    return all;
}

}  // namespace holdfast
