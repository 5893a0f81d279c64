// Holds a tree against the language: unknown keys, missing ones, values of the wrong kind.
#pragma once

#include <set>
#include <string>

#include "engine/policy/problems.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

// How many names a map of one's own names may hold.
inline constexpr std::size_t kPolicyDatabasesMax = 200'000;
inline constexpr std::size_t kPolicyNamesMax = 5'000;

// Checks one file's root. Keys that may be inherited or stand in another file are not asked for.
void check_shape(const TreeNode& root, std::int32_t file, Problems& problems);

// Checks what only the whole folder can have: keys needed once, and policies after `extends`
// (carried out in `root`). Policies whose ancestry is broken are left alone.
void check_whole_shape(const TreeNode& root, const std::set<std::string>& broken_policies, Problems& problems);

}  // namespace holdfast
