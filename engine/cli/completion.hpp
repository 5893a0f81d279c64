// Completion in a shell: the script that the shell loads, and what the program offers when the script asks.
#pragma once

#include <string>
#include <vector>

#include "engine/cli/surroundings.hpp"

namespace holdfast {

std::string bash_completion();

// `words` after the program's name; the last one is being typed and may be empty. Returns what may stand there;
// "file:" and "folder:" alone say that the shell should offer paths. Never fails.
std::vector<std::string> complete_words(const std::vector<std::string>& words, const Surroundings& around);

}  // namespace holdfast
