// The text of a policy folder as a tree that knows where everything stands: what lies between YAML and
// the model. Plain values; making it is yaml.hpp, judging it is shape.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

struct TextPlace {
    std::int32_t file = -1;     // Index among the folder's files; -1: nowhere.
    std::int32_t line = 0;      // From 1.
    std::int32_t column = 0;    // From 1.
    bool nowhere() const { return file < 0; }
};

struct TreeEntry;
struct TreeNode {
    enum class Kind : std::uint8_t { Nothing, Scalar, List, Map };
    Kind kind = Kind::Nothing;
    bool quoted = false;              // A scalar in quotes or a block: always text.
    TextPlace place;
    std::string text;                 // Of a scalar.
    std::vector<TreeEntry> entries;   // Of a list (without keys) or map, as written.

    bool is_map() const { return kind == Kind::Map; }
    bool is_list() const { return kind == Kind::List; }
    bool is_scalar() const { return kind == Kind::Scalar; }
    // The value of a key, or of an index of a list ("0"); nullptr where there is none.
    const TreeNode* find(std::string_view key) const;
    const TreeNode* find(const std::vector<std::string>& path) const;
};
struct TreeEntry {
    std::string key;
    TextPlace key_place;
    TreeNode value;
};

}  // namespace holdfast
