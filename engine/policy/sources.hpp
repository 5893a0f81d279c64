// The files of a policy folder as text, guarded before any parser sees them: what is too large, binary,
// or built to overwhelm is refused here, so that a hostile file costs little time and memory.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/finding.hpp"
#include "engine/policy/problems.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

// Far above any policy that people write: a file holds 20,000 databases, a folder 100,000.
inline constexpr std::size_t kPolicyFileBytesMax = 4U << 20;
inline constexpr std::size_t kPolicyFolderBytesMax = 16U << 20;
inline constexpr std::size_t kPolicyLineBytesMax = 64U << 10;
inline constexpr std::size_t kPolicyFilesMax = 1000;
// Brackets, commas, colons and line ends: each may cost the parser some hundred bytes before it yields.
inline constexpr std::size_t kPolicyMarksMax = 250'000;

// Reads the folder's files in the order of their names; those that are refused leave a problem instead.
std::vector<SourceText> read_policy_files(const std::filesystem::path& folder, Problems& problems);

bool is_utf8(std::string_view text);

// Checks one text; returns whether a parser may see it.
bool guard_policy_text(const SourceTexts& sources, std::int32_t file, Problems& problems);

}  // namespace holdfast
