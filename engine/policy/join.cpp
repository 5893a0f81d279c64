#include "engine/policy/join.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/language.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kAncestorsMax = 32;
constexpr std::size_t kInheritedTextMax = 1'000;   // No valid value below `policies` is longer.

std::string place_text(const SourceTexts& sources, TextPlace at) {
    return fmt::format("{}:{}:{}", sources.at(static_cast<std::size_t>(at.file)).name(), at.line, at.column);
}

// Unites the entries of one key from two files.
class FileJoin {
public:
    FileJoin(const SourceTexts& sources, Problems& problems) : sources_(sources), problems_(problems) {}

    void take(TreeNode root) {
        for (TreeEntry& entry : root.entries) {
            const auto [found, fresh] = at_.try_emplace(entry.key, joined_.entries.size());
            if (fresh) {
                joined_.entries.push_back({entry.key, entry.key_place, {}});
                joined_.entries.back().value = shell_of(entry.value);
                TreeEntry& target = joined_.entries.back();
                if (is_united(entry.key, entry.value, target.value)) unite(entry.key, target, std::move(entry.value));
                else target.value = std::move(entry.value);
            } else {
                meet(joined_.entries[found->second], std::move(entry));
            }
        }
    }
    TreeNode done() {
        joined_.kind = TreeNode::Kind::Map;
        return std::move(joined_);
    }

private:
    static TreeNode shell_of(const TreeNode& node) {
        return {.kind = node.kind, .quoted = node.quoted, .place = node.place, .text = {}, .entries = {}};
    }

    static bool is_united(const std::string& key, const TreeNode& from, const TreeNode& into) {
        const LanguageKey* known = find_language_key({key});
        if (known == nullptr || from.kind != into.kind) return false;
        return (known->kind == ValueKind::Names && from.is_map()) || (known->kind == ValueKind::List && from.is_list());
    }

    void unite(const std::string& key, TreeEntry& target, TreeNode from) {
        for (TreeEntry& entry : from.entries) {
            if (from.is_map()) {
                const auto [first, fresh] = named_[key].try_emplace(entry.key, entry.key_place);
                if (!fresh) {
                    report_twice(fmt::format("{}.{}", key, printable(entry.key, 60)), first->second, entry.key_place);
                    continue;
                }
            }
            target.value.entries.push_back(std::move(entry));
        }
    }

    void meet(TreeEntry& target, TreeEntry entry) {
        if (entry.key == "version") return;   // Every file states it.
        if (entry.value.kind == TreeNode::Kind::Nothing) return;
        if (target.value.kind == TreeNode::Kind::Nothing) target.value = shell_of(entry.value);
        if (is_united(entry.key, entry.value, target.value)) unite(entry.key, target, std::move(entry.value));
        else if (find_language_key({entry.key}) != nullptr) report_twice(entry.key, target.key_place, entry.key_place);
    }

    void report_twice(const std::string& what, TextPlace first, TextPlace second) {
        problems_.add(second, {.id = "duplicate-definition", .message = fmt::format("`{}` is already defined at {}", what, place_text(sources_, first)),
                               .fix = "Keep one of the two: the files of the folder are read as one."});
    }

    const SourceTexts& sources_;
    Problems& problems_;
    TreeNode joined_;
    std::unordered_map<std::string, std::size_t> at_;
    std::map<std::string, std::unordered_map<std::string, TextPlace>> named_;
};

bool has_group(const TreeNode& map, const LanguageNode& language, const std::string& group) {
    return std::ranges::any_of(map.entries, [&](const TreeEntry& entry) {
        const LanguageNode* below = language.child(entry.key);
        return below != nullptr && below->key->group == group;
    });
}

bool is_inheritable_value(const TreeNode& node) { return node.text.size() <= kInheritedTextMax && !node.is_list(); }

TreeNode merge_maps(const TreeNode& base, const TreeNode& own, const LanguageNode& language);

// What the child has of one key: its own value, merged into the inherited one where both are maps.
TreeNode merge_value(const TreeNode* inherited, const TreeNode& own, const LanguageNode& language) {
    if (inherited == nullptr || !inherited->is_map() || !own.is_map()) return own;
    return merge_maps(*inherited, own, language);
}

TreeNode merge_maps(const TreeNode& base, const TreeNode& own, const LanguageNode& language) {
    TreeNode merged{.kind = TreeNode::Kind::Map, .quoted = false, .place = own.place, .text = {}, .entries = {}};
    for (const TreeEntry& entry : base.entries) {
        const LanguageNode* below = language.child(entry.key);
        if (below == nullptr || own.find(entry.key) != nullptr || !is_inheritable_value(entry.value)) continue;
        // `every` in the child is an answer to the same question as an inherited `cron`.
        if (!below->key->group.empty() && has_group(own, language, below->key->group)) continue;
        merged.entries.push_back(entry);
    }
    for (const TreeEntry& entry : own.entries) {
        const LanguageNode* below = language.child(entry.key);
        if (below == nullptr) continue;
        merged.entries.push_back({entry.key, entry.key_place, merge_value(base.find(entry.key), entry.value, *below)});
    }
    return merged;
}

class ExtendsResolution {
public:
    ExtendsResolution(const TreeNode& policies, Problems& problems)
        : policies_(policies), problems_(problems), language_(policy_language_tree().below.at("policies").below.at("*")) {
        for (const TreeEntry& entry : policies.entries) {
            by_name_.emplace(entry.key, &entry);
            names_.push_back(entry.key);
        }
    }

    ResolvedPolicies run() {
        TreeNode all{.kind = TreeNode::Kind::Map, .quoted = false, .place = policies_.place, .text = {}, .entries = {}};
        for (const TreeEntry& entry : policies_.entries) all.entries.push_back({entry.key, entry.key_place, resolve(entry)});
        return {std::move(all), std::move(broken_)};
    }

private:
    static const TreeNode* parent_name(const TreeEntry& policy) {
        const TreeNode* extends = policy.value.find("extends");
        return extends != nullptr && extends->is_scalar() ? extends : nullptr;
    }

    // Walks up to what is resolved already, then merges downwards: chains may be long, so no recursion.
    TreeNode resolve(const TreeEntry& entry) {
        std::vector<const TreeEntry*> chain;
        for (const TreeEntry* at = &entry; at != nullptr && !resolved_.contains(at->key);) {
            if (std::ranges::find(chain, at) != chain.end()) {
                report_cycle(chain, *at);
                break;
            }
            chain.push_back(at);
            if (chain.size() > kAncestorsMax) {
                report_long_chain(entry);
                break;
            }
            at = parent_of(*at);
        }
        for (auto at = chain.rbegin(); at != chain.rend(); ++at) resolved_.emplace((*at)->key, merged_with_parent(**at));
        return resolved_.at(entry.key);
    }

    TreeNode merged_with_parent(const TreeEntry& entry) {
        const TreeNode* name = parent_name(entry);
        if (name == nullptr || !entry.value.is_map()) return entry.value;
        const auto parent = resolved_.find(name->text);
        if (parent == resolved_.end() || broken_.contains(name->text)) broken_.insert(entry.key);
        return parent == resolved_.end() ? entry.value : merge_maps(parent->second, entry.value, language_);
    }

    const TreeEntry* parent_of(const TreeEntry& entry) {
        const TreeNode* name = parent_name(entry);
        if (name == nullptr) return nullptr;
        const auto found = by_name_.find(name->text);
        if (found != by_name_.end()) return found->second;
        std::string fix = problems_.did_you_mean(name->text, names_);
        if (fix.empty()) fix = fmt::format("Known policies: {}.", printable(join(names_, ", ")));
        problems_.add(name->place, {.id = "unknown-reference", .message = fmt::format("`policies.{}` extends `{}`, which is not there", printable(entry.key, 60), printable(name->text, 60)), .fix = fix, .subject = entry.key});
        return nullptr;
    }

    void report_cycle(const std::vector<const TreeEntry*>& chain, const TreeEntry& again) {
        std::vector<std::string> names;
        for (auto at = std::ranges::find(chain, &again); at != chain.end(); ++at) names.push_back(printable((*at)->key, 60));
        names.push_back(printable(again.key, 60));
        problems_.add(parent_name(*chain.back())->place, {.id = "extends-cycle", .message = fmt::format("policies extend each other in a circle: {}", join(names, " → ")),
                                                          .fix = "Remove one of these `extends`.", .subject = again.key});
    }
    void report_long_chain(const TreeEntry& entry) {
        problems_.add(entry.key_place, {.id = "extends-too-deep", .message = fmt::format("`policies.{}` has more than {} ancestors", printable(entry.key, 60), kAncestorsMax),
                                        .fix = "Nobody can follow that: extend a policy nearer to the first.", .subject = entry.key});
    }

    const TreeNode& policies_;
    Problems& problems_;
    const LanguageNode& language_;
    std::unordered_map<std::string, const TreeEntry*> by_name_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, TreeNode> resolved_;
    std::set<std::string> broken_;
};

}  // namespace

TreeNode join_files(std::vector<TreeNode> roots, const SourceTexts& sources, Problems& problems) {
    FileJoin join(sources, problems);
    for (TreeNode& root : roots) {
        if (root.is_map()) join.take(std::move(root));
    }
    return join.done();
}

ResolvedPolicies resolve_extends(const TreeNode& policies, Problems& problems) { return ExtendsResolution(policies, problems).run(); }

std::vector<std::string> policy_ancestry(const TreeNode& policies, const std::string& name) {
    std::vector<std::string> names;
    for (std::string at = name; policies.find(at) != nullptr && std::ranges::find(names, at) == names.end();) {
        names.push_back(at);
        const TreeNode* extends = policies.find(at)->find("extends");
        if (extends == nullptr || !extends->is_scalar()) break;
        at = extends->text;
    }
    return names;
}

}  // namespace holdfast
