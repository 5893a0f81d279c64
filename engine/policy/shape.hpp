// Holds a tree against the language: unknown keys, missing ones, values of the wrong kind.
#pragma once

#include "engine/policy/problems.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

// How many names a map of one's own names may hold.
inline constexpr std::size_t kPolicyDatabasesMax = 200'000;
inline constexpr std::size_t kPolicyNamesMax = 5'000;

// Checks one file's root. Keys that may be inherited or stand in another file are not asked for.
void check_shape(const TreeNode& root, std::int32_t file, Problems& problems);

// Checks what only the whole folder can have: keys needed once, and policies after `extends`
// (`policies` as resolved by extends.hpp).
void check_whole_shape(const TreeNode& root, const TreeNode& resolved_policies, Problems& problems);

}  // namespace holdfast
