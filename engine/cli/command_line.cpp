#include "engine/cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/help.hpp"

namespace holdfast {
namespace {

// CLI11 splits words into options, values and positionals; what is required, known or allowed is judged here,
// from our own table, so that messages and suggestions are of one kind.
void declare_options(CLI::App& app, std::span<const Option> options) {
    for (const Option& option : options) {
        const std::string names = option.letter.empty() ? std::string(option.name) : fmt::format("{},{}", option.letter, option.name);
        if (option.value.empty()) app.add_flag(names);
        else app.add_option(names)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
}

void declare_command(CLI::App& app, const Command& command) {
    app.allow_extras();
    app.set_help_flag();
    declare_options(app, options_of_every_command());
    declare_options(app, command.options);
    for (const Positional& positional : command.positionals) {
        auto* declared = app.add_option(std::string(positional.name));
        if (positional.repeated) declared->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
    }
}

std::unique_ptr<CLI::App> declare_all() {
    auto root = std::make_unique<CLI::App>("runbook");
    root->allow_extras();
    root->set_help_flag();
    declare_options(*root, options_of_every_command());
    root->add_flag("--version");
    for (const CommandGroup& group : command_groups()) {
        CLI::App* app = root->add_subcommand(std::string(group.name));
        app->allow_extras();
        app->set_help_flag();
        declare_options(*app, options_of_every_command());
    }
    for (const Command& command : all_commands()) {
        const std::string_view group = group_of(command);
        CLI::App* parent = group.empty() ? root.get() : root->get_subcommand(std::string(group));
        const std::string_view word = group.empty() ? command.path : command.path.substr(group.size() + 1);
        declare_command(*parent->add_subcommand(std::string(word)), command);
    }
    return root;
}

void require_word(std::string_view name, std::string_view allowed, const std::string& given) {
    const std::vector<std::string> words = split(allowed, ' ');
    if (std::find(words.begin(), words.end(), given) != words.end()) return;
    throw Error(ErrorCode::Usage, fmt::format("{} does not take {}", name, printable(given, 40)),
                fmt::format("It takes one of: {}.", join(words, ", ")));
}

void take_options(const CLI::App& app, std::span<const Option> options, Arguments& into) {
    for (const Option& option : options) {
        const CLI::Option* read = app.get_option(std::string(option.name));
        if (read->count() == 0) continue;
        const std::vector<std::string> values = read->results();
        if (!option.repeated && !option.value.empty() && values.size() > 1) {
            throw Error(ErrorCode::Usage, fmt::format("{} was given {} times", option.name, values.size()), "Give it once.");
        }
        if (option.completes == Completes::Words) require_word(option.name, option.words, values.front());
        into.put(option.name, values);
    }
}

std::string suggestion_among(const std::string& wrong, const std::vector<std::string>& known, std::string_view otherwise) {
    const auto meant = closest_match(wrong, known);
    return meant ? fmt::format("Did you mean {}?", *meant) : std::string(otherwise);
}

[[noreturn]] void refuse_word(const std::string& word, const Command& command) {
    const std::string help = fmt::format("See: runbook {} --help", command.path);
    if (!word.starts_with("-")) {
        throw Error(ErrorCode::Usage, fmt::format("unexpected argument {}", printable(word, 60)), help);
    }
    std::vector<std::string> known;
    for (const Option& option : command.options) known.emplace_back(option.name);
    for (const Option& option : options_of_every_command()) known.emplace_back(option.name);
    const std::string name = word.substr(0, word.find('='));
    throw Error(ErrorCode::Usage, fmt::format("unknown option {}", printable(name, 60)), suggestion_among(name, known, help));
}

void take_command(const CLI::App& app, const Command& command, CommandLine& line) {
    take_options(app, command.options, line.arguments);
    std::vector<std::string> more = app.remaining();
    // CLI11 leaves the mark behind which nothing is an option among what it does not know.
    if (!command.takes_more) std::erase(more, "--");
    if (!more.empty() && !command.takes_more) refuse_word(more.front(), command);
    line.arguments.more = std::move(more);
    for (const Positional& positional : command.positionals) {
        const CLI::Option* read = app.get_option(std::string(positional.name));
        if (read->count() > 0) line.arguments.put(positional.name, read->results());
        else if (positional.required && !line.asked_for_help) {
            throw Error(ErrorCode::Usage, fmt::format("runbook {} needs {}", command.path, positional.name),
                        fmt::format("Usage: {}", usage_of(command)));
        }
        if (read->count() > 0 && positional.completes == Completes::Words) {
            require_word(positional.name, positional.words, read->results().front());
        }
    }
}

[[noreturn]] void refuse_command(std::string_view group, const std::string& word) {
    std::vector<std::string> known;
    for (const Command& command : all_commands()) {
        if (!command.hidden && group_of(command) == group) {
            known.emplace_back(group.empty() ? command.path : command.path.substr(group.size() + 1));
        }
    }
    if (group.empty()) {
        for (const CommandGroup& one : command_groups()) known.emplace_back(one.name);
    }
    const std::string spoken = group.empty() ? word : fmt::format("{} {}", group, word);
    throw Error(ErrorCode::Usage, fmt::format("there is no command {}", printable(spoken, 60)),
                suggestion_among(word, known, fmt::format("See: runbook {}--help", group.empty() ? "" : std::string(group) + " ")));
}

// CLI11's own complaints are about values: too few for an option, or one that a flag does not take.
[[noreturn]] void refuse_value(const std::string& complaint) {
    const std::string option = complaint.substr(0, complaint.find(':'));
    if (option.starts_with("-")) {
        throw Error(ErrorCode::Usage, fmt::format("{} needs a value", option), "Give it after a blank or an equals sign.");
    }
    throw Error(ErrorCode::Usage, complaint, "See: runbook --help");
}

// Words that are being typed are no command line yet: they go to completion as they are.
constexpr std::string_view kCompleteCommand = "__complete";

CommandLine unread_words(const std::vector<std::string>& words) {
    CommandLine line;
    line.command = command_at(kCompleteCommand);
    std::vector<std::string> typed(words.begin() + 1, words.end());
    if (!typed.empty() && typed.front() == "--") typed.erase(typed.begin());
    if (!typed.empty()) line.arguments.put("WORD", std::move(typed));
    return line;
}

}  // namespace

CommandLine read_command_line(const std::vector<std::string>& words) {
    if (!words.empty() && words.front() == kCompleteCommand) return unread_words(words);
    const auto root = declare_all();
    std::vector<std::string> reversed(words.rbegin(), words.rend());   // As CLI11 wants them.
    try {
        root->parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
        refuse_value(error.what());
    }
    CommandLine line;
    line.asked_for_version = root->get_option("--version")->count() > 0;
    const CLI::App* app = root.get();
    std::string path;
    while (true) {
        take_options(*app, options_of_every_command(), line.arguments);
        const auto below = app->get_subcommands();
        if (below.empty()) break;
        app = below.front();
        path += (path.empty() ? "" : " ") + app->get_name();
    }
    line.asked_for_help = line.arguments.has("--help");
    line.command = command_at(path);
    if (line.command != nullptr) {
        take_command(*app, *line.command, line);
        return line;
    }
    line.group = path;
    const std::vector<std::string> unknown = app->remaining();
    if (!unknown.empty()) refuse_command(path, unknown.front());
    return line;
}

}  // namespace holdfast
