#include "engine/policy/tree.hpp"

#include <charconv>

namespace holdfast {

const TreeNode* TreeNode::find(std::string_view key) const {
    if (is_list()) {
        std::size_t index = 0;
        const auto [end, fault] = std::from_chars(key.data(), key.data() + key.size(), index);
        const bool whole = fault == std::errc() && end == key.data() + key.size();
        return whole && index < entries.size() ? &entries[index].value : nullptr;
    }
    for (const TreeEntry& entry : entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

const TreeNode* TreeNode::find(const std::vector<std::string>& path) const {
    const TreeNode* at = this;
    for (const std::string& key : path) {
        at = at->find(key);
        if (at == nullptr) return nullptr;
    }
    return at;
}

}  // namespace holdfast
