// Asks git about the policy folder: what is committed, and what it was at a commit. For at most a few seconds; a repository's own
// hooks and pagers are kept out.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace holdfast {

// What git writes to standard output. Nothing where git is not there, is too slow, or says no.
std::optional<std::string> ask_git(const std::filesystem::path& folder, std::vector<std::string> words);

// The commit that `revision` names, as 40 or 64 hexadecimal digits. Throws Error{Usage} where there is none.
std::string commit_named(const std::filesystem::path& folder, const std::string& revision);

}  // namespace holdfast
