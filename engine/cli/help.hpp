// The texts of --help and of the reference in README.md, made from the table of commands.
#pragma once

#include <string>

#include "engine/cli/commands.hpp"
#include "engine/cli/style.hpp"

namespace holdfast {

// `runbook --help`: every command with its summary, the exit codes, where things are looked for.
std::string program_help(const Style& style);
// `runbook GROUP --help`.
std::string group_help(std::string_view group, const Style& style);
std::string command_help(const Command& command, const Style& style);
// "runbook plan [--until DATE] …"
std::string usage_of(const Command& command);
// Options as aligned lines, for command_help and for a runbook's own parameters.
std::string option_lines(std::span<const Option> options, const Style& style);

// The command reference as Markdown.
std::string reference_markdown();

}  // namespace holdfast
