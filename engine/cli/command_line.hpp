// Turns an argument list into a command and its arguments. Knows the table of commands, nothing else.
#pragma once

#include <string>
#include <vector>

#include "engine/cli/command.hpp"

namespace holdfast {

struct CommandLine {
    const Command* command = nullptr;   // Null: help was asked for a group or for the program.
    std::string group;                  // Then the group, or empty.
    bool asked_for_help = false;
    bool asked_for_version = false;
    Arguments arguments;
};

// `words` without the program's name. Throws Error{Usage}, with a suggestion for a word that is nearly right.
CommandLine read_command_line(const std::vector<std::string>& words);

}  // namespace holdfast
