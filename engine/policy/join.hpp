// The files of a folder as one tree, and policies as they are after `extends`.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/policy/problems.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

// Joins the roots of all files: maps of names and lists are united, what two files define is a problem
// that names both places. Roots that are no maps are passed over (check_shape has reported them).
TreeNode join_files(std::vector<TreeNode> roots, const SourceTexts& sources, Problems& problems);

// Returns the map `policies` with every `extends` carried out: maps merge, everything else replaces, and
// every value keeps the place it came from. A cycle or an unknown name is a problem; such policies stay as
// they are written. The order of names is kept. Only keys of the language are inherited.
struct ResolvedPolicies {
    TreeNode policies;
    std::set<std::string> broken;    // In a cycle, below an unknown name, or with such an ancestor.
};
ResolvedPolicies resolve_extends(const TreeNode& policies, Problems& problems);

// The policy itself, then what it extends, and so on; ends at an unknown name or before a repetition.
std::vector<std::string> policy_ancestry(const TreeNode& policies, const std::string& name);

}  // namespace holdfast
