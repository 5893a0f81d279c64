// Where the runbooks that come with the program are.
#pragma once

#include <vector>

#include "engine/base/file.hpp"

namespace holdfast {

// Installed ones under `share`, those beside the executable (../share/holdfast), and, for a program that was started from
// its build folder, those of the source tree above it. Some may be missing.
std::vector<fs::path> shipped_runbooks(const fs::path& share);

// The same for an executable at `program`.
std::vector<fs::path> shipped_runbooks(const fs::path& share, const fs::path& program);

}  // namespace holdfast
