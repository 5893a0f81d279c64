// What to do with a restored data directory: how a server is started over it, and how it becomes the database.
#pragma once

#include <string>
#include <vector>

#include "engine/base/file.hpp"

namespace holdfast {

// For a shell, in advice; this program itself uses none.
std::string quoted_for_shell(const std::string& text);

// A sentence each, with commands that can be run as they are.
std::vector<std::string> how_to_start(const fs::path& data_folder);

}  // namespace holdfast
