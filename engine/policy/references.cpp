#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/checks.hpp"
#include "engine/policy/language.hpp"

namespace holdfast {
namespace {

struct KnownNames {
    std::unordered_set<std::string> set;
    std::vector<std::string> list;
};

class ReferenceCheck {
public:
    ReferenceCheck(const TreeNode& root, Problems& problems) : root_(root), problems_(problems) {}

    void run() { walk(policy_language_tree(), root_); }

private:
    void walk(const LanguageNode& language, const TreeNode& node) {
        const LanguageKey* key = language.key;
        if (key != nullptr && !key->refers_to.empty() && key->path != "policies.*.extends") {
            if (node.is_scalar()) return follow(*key, node);
            if (node.is_list()) {
                for (const TreeEntry& item : node.entries) follow(*key, item.value);
                return;
            }
        }
        for (const TreeEntry& entry : node.entries) {
            const LanguageNode* below = language.child(node.is_list() ? "*" : std::string_view(entry.key));
            if (below == nullptr) continue;
            path_.push_back(entry.key);
            walk(*below, entry.value);
            path_.pop_back();
        }
    }

    const KnownNames& names_under(const std::string& top_level) {
        const auto [at, fresh] = known_.try_emplace(top_level);
        const TreeNode* map = root_.find(top_level);
        if (fresh && map != nullptr && map->is_map()) {
            for (const TreeEntry& entry : map->entries) {
                at->second.set.insert(entry.key);
                at->second.list.push_back(entry.key);
            }
        }
        return at->second;
    }

    void follow(const LanguageKey& key, const TreeNode& name) {
        const KnownNames& known = names_under(key.refers_to);
        if (!name.is_scalar() || known.set.contains(name.text)) return;
        std::string fix = problems_.did_you_mean(name.text, known.list);
        if (fix.empty()) fix = known.list.empty() ? fmt::format("Nothing is defined under `{}` yet: add it there.", key.refers_to) : fmt::format("Known under `{}`: {}.", key.refers_to, some_of(known.list));
        problems_.add(name.place, {.id = "unknown-reference", .message = fmt::format("`{}`: there is no `{}` under `{}`", printable(where(key), 200), printable(name.text, 60), key.refers_to),
                                   .fix = fix, .subject = path_.size() > 1 && path_.front() == "databases" ? path_[1] : ""});
    }

    // "databases.orders.policy"; items of a list are not numbered.
    std::string where(const LanguageKey& key) const {
        const std::string text = join(path_, ".");
        return key.path.starts_with("waivers.") ? "waivers" + key.path.substr(key.path.rfind('.')) : text;
    }

    static std::string some_of(const std::vector<std::string>& names) {
        constexpr std::size_t kShown = 12;
        const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
        return printable(join(first, ", "), 400) + (names.size() > kShown ? " …" : "");
    }

    const TreeNode& root_;
    Problems& problems_;
    std::vector<std::string> path_;
    std::unordered_map<std::string, KnownNames> known_;
};

}  // namespace

TextPlace nearest_place(const TreeNode& root, const std::vector<std::string>& path) {
    TextPlace best = root.place;
    const TreeNode* at = &root;
    for (const std::string& key : path) {
        const auto entry = at->is_list() ? at->entries.end() : std::ranges::find(at->entries, key, &TreeEntry::key);
        if (entry == at->entries.end()) {
            at = at->find(key);   // An index of a list.
            if (at == nullptr) return best;
            best = at->place;
            continue;
        }
        at = &entry->value;
        best = at->is_map() ? entry->key_place : at->place;
    }
    return best;
}

void check_scenarios(const PolicyFolder& folder, Problems& problems) {
    if (folder.policy.databases.empty()) return;
    std::vector<std::string> missing;
    for (const std::string_view disaster : {"accidental-deletion", "corruption", "total-failure"}) {
        const auto answered = std::ranges::find(folder.policy.scenarios, disaster, &ScenarioSpec::name);
        if (answered == folder.policy.scenarios.end()) missing.emplace_back(disaster);
    }
    if (missing.empty()) return;
    const bool heading = folder.root.find("scenarios") != nullptr;
    problems.add(heading ? nearest_place(folder.root, {"scenarios"}) : TextPlace{},
                 {.id = "missing-scenario", .message = fmt::format("no runbook is named for {}", join(missing, " and ")),
                  .fix = fmt::format("Add `{}: {{ runbook: … }}` under `scenarios`.", missing.front()), .severity = Severity::Note});
}

void check_references(const PolicyFolder& folder, Problems& problems) { ReferenceCheck(folder.root, problems).run(); }

}  // namespace holdfast
