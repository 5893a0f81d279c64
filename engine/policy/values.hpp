// One value of the language: is this scalar or list what its key wants, and if not, what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/model/policy.hpp"
#include "engine/policy/language.hpp"
#include "engine/policy/problems.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

// Reports everything that is wrong with the value of a leaf key (not Map, Names or List). `path` is for
// messages: "environments.prod.rpo". Whether a name that is referred to exists is not asked here.
void check_value(const LanguageKey& key, const TreeNode& node, const std::string& path, Problems& problems);

// What the values mean. Each returns nothing for a text that check_value refuses.
std::optional<std::chrono::sys_days> parse_policy_date(std::string_view text);
std::optional<SecretSource> parse_secret_source(std::string_view text);
std::optional<CompressionSpec> parse_compression(std::string_view text);
std::optional<int> parse_whole(std::string_view text);
std::string to_text(const CompressionSpec& compression);

// A name of one's own: letters, digits, `.`, `_` and `-`, beginning with a letter or digit, at most 100 of them.
bool is_policy_name(std::string_view name);

}  // namespace holdfast
