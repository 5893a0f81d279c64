// YAML text → tree, strictly: duplicate keys, anchors, tags, several documents and deep nesting are
// problems. The only place that knows yaml-cpp.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/policy/problems.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

inline constexpr std::size_t kPolicyDepthMax = 16;
inline constexpr std::size_t kPolicyNodesMax = 1'200'000;

// Reads a text that guard_policy_text has let through. Returns nothing where it is not YAML or refused;
// the problem is then among `problems`. `nodes_left` is shared by the files of a folder.
std::optional<TreeNode> read_yaml(const SourceTexts& sources, std::int32_t file, std::size_t& nodes_left, Problems& problems);

}  // namespace holdfast
