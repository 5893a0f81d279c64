#include "engine/policy/shape.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/language.hpp"
#include "engine/policy/secret_words.hpp"
#include "engine/policy/values.hpp"

namespace holdfast {
namespace {

using Path = std::vector<std::string_view>;

std::string path_text(const Path& path) {
    std::string text;
    for (const std::string_view name : path) {
        if (!text.empty()) text += '.';
        text += printable(name, 60);
    }
    return text;
}

bool is_branch(const LanguageKey& key) { return key.kind == ValueKind::Map || key.kind == ValueKind::Names || key.kind == ValueKind::List; }

bool is_inheritable(const Path& path) { return path.size() >= 2 && path.front() == "policies"; }

class ShapeCheck {
public:
    explicit ShapeCheck(Problems& problems) : problems_(problems) {}

    void check_root(const TreeNode& root, std::int32_t file) {
        if (root.kind == TreeNode::Kind::Nothing) {
            problems_.add({file, 0, 0}, {.id = "empty-file", .message = "the file says nothing", .fix = "Remove it, or begin with `version: 1`.", .severity = Severity::Warning});
        } else if (!root.is_map()) {
            problems_.add(root.place, {.id = "bad-value", .message = "the file is not a map of keys", .fix = "Begin with `version: 1`, then `databases:` and the like."});
        } else {
            check_map(policy_language_tree(), root, {file, 1, 1});
        }
    }

private:
    void check(const LanguageNode& language, const TreeNode& node, TextPlace key_place) {
        const LanguageKey& key = *language.key;
        if (!is_branch(key)) return check_value(key, node, path_text(path_), problems_);
        if (key.kind == ValueKind::Names) return check_names(language, node);
        if (key.kind == ValueKind::List) return check_items(language, node);
        if (node.is_map()) return check_map(language, node, key_place);
        if (node.is_list() && !key.refers_to.empty()) return check_value(key, node, path_text(path_), problems_);
        if (node.is_scalar() && std::ranges::find(key.words, node.text) != key.words.end()) return;
        report_no_map(language, node);
    }

    void report_no_map(const LanguageNode& language, const TreeNode& node) {
        const LanguageKey& key = *language.key;
        std::string fix = node.is_scalar() ? problems_.did_you_mean(node.text, key.words) : std::string();
        if (fix.empty() && key.kind == ValueKind::Map) fix = fmt::format("Write its keys below it ({}){}.", join(language.order, ", "), describe(key).substr(std::string_view("a map").size()));
        if (fix.empty()) fix = fmt::format("Write {}.", describe(key));
        const bool nothing = node.kind == TreeNode::Kind::Nothing;
        // What stands here in place of a map may be the key itself: it is not repeated.
        if (path_.back() == "encryption" && node.is_scalar()) problems_.withhold(node.place);
        problems_.add(node.place, {.id = "bad-value", .message = fmt::format("`{}` {}", path_text(path_), nothing ? "has no value" : "is not a map"), .fix = fix});
    }

    void check_map(const LanguageNode& language, const TreeNode& node, TextPlace key_place) {
        for (const TreeEntry& entry : node.entries) {
            const LanguageNode* below = language.child(entry.key);
            path_.push_back(entry.key);
            if (below == nullptr) report_unknown(language, entry);
            else check(*below, entry.value, entry.key_place);
            path_.pop_back();
        }
        check_needs(language, node, key_place);
        check_groups(language, node, key_place);
    }

    void report_unknown(const LanguageNode& language, const TreeEntry& entry) {
        const std::string key = printable(entry.key, 60);
        path_.pop_back();
        const std::string where = path_.empty() ? "" : fmt::format(" in `{}`", path_text(path_));
        path_.push_back(entry.key);
        if (is_secret_name(entry.key)) {
            problems_.withhold(entry.key_place);
            problems_.withhold(entry.value.place);
            problems_.add(entry.key_place, {.id = "secret-in-policy", .message = fmt::format("`{}`{} would hold a secret", key, where),
                                            .fix = "Take it out of the file (and change it: it may be in a history by now). A policy only says where a secret is: env:NAME, file:PATH."});
            return;
        }
        std::string fix = problems_.did_you_mean(entry.key, language.order);
        if (fix.empty()) fix = elsewhere(entry.key);
        if (fix.empty()) fix = fmt::format("Known here: {}.", join(language.order, ", "));
        problems_.add(entry.key_place, {.id = "unknown-key", .message = fmt::format("`{}` is not a key{}", key, where), .fix = fix});
    }

    // Where a key that is unknown here would be known: most often the indentation is wrong.
    static std::string elsewhere(std::string_view name) {
        for (const LanguageKey& key : policy_language()) {
            const auto dot = key.path.rfind('.');
            const std::string_view parent = dot == std::string::npos ? std::string_view() : std::string_view(key.path).substr(0, dot);
            if (key.path.substr(dot + 1) == name) return parent.empty() ? fmt::format("It belongs to the top level of the file.") : fmt::format("It belongs to `{}`: check the indentation.", parent);
        }
        return {};
    }

    void check_needs(const LanguageNode& language, const TreeNode& node, TextPlace key_place) {
        for (const std::string& name : language.order) {
            const LanguageKey& key = *language.below.at(name).key;
            if (key.need != Need::Always || name == "*" || node.find(name) != nullptr) continue;
            const std::string where = path_.empty() ? "the file" : fmt::format("`{}`", path_text(path_));
            problems_.add(key_place, {.id = "missing-key", .message = fmt::format("{} has no `{}`", where, name),
                                      .fix = fmt::format("Add `{}: {}`.", name, key.example.empty() ? "…" : key.example)});
        }
    }

    void check_groups(const LanguageNode& language, const TreeNode& node, TextPlace key_place) {
        std::map<std::string, std::vector<std::string>> present, possible;
        for (const std::string& name : language.order) {
            const LanguageKey& key = *language.below.at(name).key;
            if (key.group.empty()) continue;
            possible[key.group].push_back(name);
            if (node.find(name) != nullptr) present[key.group].push_back(name);
        }
        for (const auto& [group, names] : possible) {
            const std::size_t count = present[group].size();
            if (count == 1 || (count == 0 && is_inheritable(path_))) continue;
            report_group(count == 0 ? names : present[group], count, path_text(path_), key_place);
        }
    }

    void report_group(const std::vector<std::string>& names, std::size_t count, const std::string& where, TextPlace key_place) {
        if (count == 0) {
            problems_.add(key_place, {.id = "missing-key", .message = fmt::format("`{}` has neither `{}`", where, join(names, "` nor `")), .fix = fmt::format("Add one of them: {}.", join(names, ", "))});
        } else {
            problems_.add(key_place, {.id = "conflicting-keys", .message = fmt::format("`{}` has both `{}`", where, join(names, "` and `")), .fix = "Keep one of them."});
        }
    }

    void check_names(const LanguageNode& language, const TreeNode& node) {
        if (node.kind == TreeNode::Kind::Nothing) return;   // A heading whose names are all commented out.
        if (!node.is_map()) return report_no_map(language, node);
        const std::size_t names_max = path_.back() == "databases" ? kPolicyDatabasesMax : kPolicyNamesMax;
        if (node.entries.size() > names_max) {
            problems_.add(node.place, {.id = "hostile-yaml", .message = fmt::format("`{}` has more than {} names", path_text(path_), format_count(names_max)), .fix = "Keep only what is used."});
            return;
        }
        const LanguageNode& star = language.below.at("*");
        const bool is_subject = path_.back() == "databases" || path_.back() == "policies";
        for (const TreeEntry& entry : node.entries) {
            path_.push_back(entry.key);
            if (is_subject) problems_.set_subject(printable(entry.key, 60));
            if (!is_policy_name(entry.key)) {
                problems_.add(entry.key_place, {.id = "bad-name", .message = fmt::format("`{}` cannot be a name", printable(entry.key, 60)),
                                                .fix = "Names have letters, digits, `.`, `_` and `-`, begin with a letter or digit, and have at most 100 characters."});
            }
            check(star, entry.value, entry.key_place);
            path_.pop_back();
        }
        problems_.set_subject({});
    }

    void check_items(const LanguageNode& language, const TreeNode& node) {
        if (node.kind == TreeNode::Kind::Nothing) return;
        if (!node.is_list()) return report_no_map(language, node);
        for (const TreeEntry& item : node.entries) check(language.below.at("*"), item.value, item.value.place);
    }

    Problems& problems_;
    Path path_;
};

// Backups of a policy after `extends`: each kind needs a schedule, and something must be a base.
void check_resolved_backups(const std::string& name, const TreeNode& backups, Problems& problems) {
    for (const TreeEntry& kind : backups.entries) {
        if (!kind.value.is_map() || kind.value.find("cron") != nullptr || kind.value.find("every") != nullptr) continue;
        problems.add(kind.key_place, {.id = "missing-key", .message = fmt::format("`policies.{}.backups.{}` has neither `cron` nor `every`", name, printable(kind.key, 60)),
                                      .fix = "Say when: `cron: \"0 2 * * *\"` or `every: 6h`.", .subject = name});
    }
    const bool has_full = backups.find("full") != nullptr;
    for (const std::string_view kind : {"incremental", "log"}) {
        if (has_full || backups.find(kind) == nullptr) continue;
        problems.add(backups.place, {.id = "missing-key", .message = fmt::format("`policies.{}.backups` has `{}` but no `full` to start from", name, kind),
                                     .fix = "Add `full: { cron: \"0 2 * * Sun\" }`.", .subject = name});
    }
}

}  // namespace

void check_shape(const TreeNode& root, std::int32_t file, Problems& problems) { ShapeCheck(problems).check_root(root, file); }

void check_whole_shape(const TreeNode& root, const std::set<std::string>& broken_policies, Problems& problems) {
    for (const std::string& name : policy_language_tree().order) {
        const LanguageKey& key = *policy_language_tree().below.at(name).key;
        if (key.need != Need::OnceInFolder || root.find(name) != nullptr) continue;
        problems.add({}, {.id = "missing-key", .message = fmt::format("no file of the folder has `{}`", name), .fix = fmt::format("Add `{}:` to one of them. {}", name, key.advice)});
    }
    const TreeNode* policies = root.find("policies");
    if (policies == nullptr || !policies->is_map()) return;
    for (const TreeEntry& policy : policies->entries) {
        if (!policy.value.is_map() || broken_policies.contains(policy.key)) continue;
        const TreeNode* backups = policy.value.find("backups");
        if (backups == nullptr || (backups->is_map() && backups->entries.empty())) {
            problems.add(policy.key_place, {.id = "missing-key", .message = fmt::format("`policies.{}` makes no backups", printable(policy.key, 60)), .fix = "Add `backups:` with at least `full:`.", .subject = policy.key});
        } else if (backups->is_map()) {
            check_resolved_backups(policy.key, *backups, problems);
        }
    }
}

}  // namespace holdfast
