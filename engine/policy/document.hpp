// A folder as it was read, kept for telling where values come from.
#pragma once

#include "engine/policy/load.hpp"
#include "engine/policy/problems.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

class PolicyDocument {
public:
    SourceTexts sources;
    TreeNode root;              // All files as one, policies after `extends`.
    TreeNode written_policies;  // The map `policies` as written.
    SecretLines withheld;
};

}  // namespace holdfast
