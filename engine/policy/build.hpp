// Tree → model::Policy. Reports nothing: what is wrong has been found before, and is left at its default.
#pragma once

#include <filesystem>

#include "engine/model/policy.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

// `root` is the whole folder with policies after `extends`. Relative paths start at the parent of `folder`.
Policy build_policy(const TreeNode& root, const std::filesystem::path& folder);

}  // namespace holdfast
