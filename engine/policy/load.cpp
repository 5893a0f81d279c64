#include "engine/policy/load.hpp"

#include <algorithm>

#include "engine/policy/build.hpp"
#include "engine/policy/checks.hpp"
#include "engine/policy/document.hpp"
#include "engine/policy/join.hpp"
#include "engine/policy/language.hpp"
#include "engine/policy/shape.hpp"
#include "engine/policy/sources.hpp"
#include "engine/policy/yaml.hpp"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

// The roots of the files that could be read; `complete` is false where one could not.
struct FileRoots {
    std::vector<TreeNode> roots;
    bool complete = true;
};

FileRoots read_roots(const SourceTexts& sources, Problems& problems) {
    FileRoots read;
    std::size_t nodes_left = kPolicyNodesMax;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const auto file = static_cast<std::int32_t>(i);
        auto root = guard_policy_text(sources, file, problems) ? read_yaml(sources, file, nodes_left, problems) : std::nullopt;
        if (root) {
            check_shape(*root, file, problems);
            read.roots.push_back(std::move(*root));
        } else {
            read.complete = false;
        }
    }
    return read;
}

TreeNode* find_mutable(TreeNode& root, std::string_view key) {
    const auto found = std::ranges::find(root.entries, key, &TreeEntry::key);
    return found == root.entries.end() ? nullptr : &found->value;
}

// Replaces the map `policies` by what it is after `extends`; the written one is kept beside it.
// Returns the names of the policies whose ancestry is broken.
std::set<std::string> carry_out_extends(PolicyDocument& document, Problems& problems) {
    TreeNode* policies = find_mutable(document.root, "policies");
    if (policies == nullptr || !policies->is_map()) return {};
    ResolvedPolicies resolved = resolve_extends(*policies, problems);
    document.written_policies = std::exchange(*policies, std::move(resolved.policies));
    return std::move(resolved.broken);
}

void check_whole_folder(const PolicyFolder& folder, bool complete, Problems& problems) {
    if (complete) {   // Where a file is missing, every name in it would be missed as well.
        check_whole_shape(folder.root, folder.broken_policies, problems);
        check_references(folder, problems);
        check_scenarios(folder, problems);
        check_floors(folder, problems);
    }
    check_databases(folder, problems);
    check_retention(folder, problems);
    check_people(folder, problems);
    check_notify(folder, problems);
    check_availability(folder, problems);
}

bool has_hostile(const Problems& problems) { return problems.has("hostile-yaml"); }

LoadedPolicy load_sources(SourceTexts sources, const LoadOptions& options, Problems& problems, bool complete) {
    auto document = std::make_shared<PolicyDocument>();
    document->sources = std::move(sources);
    if (document->sources.empty() && complete) {
        problems.add({}, {.id = "no-policy", .message = "the policy folder holds no *.yaml file", .fix = "Run `runbook init` to write one."});
    }
    FileRoots read = read_roots(document->sources, problems);
    document->root = join_files(std::move(read.roots), document->sources, problems);
    LoadedPolicy loaded;
    loaded.policy.folder = options.folder;
    // What is refused as hostile is not looked at any further: the effort ends here.
    if (!has_hostile(problems) && !document->sources.empty()) {
        const std::set<std::string> broken = carry_out_extends(*document, problems);
        loaded.policy = build_policy(document->root, options.folder);
        check_whole_folder({document->root, loaded.policy, options, broken}, complete && read.complete, problems);
    }
    document->withheld = problems.withheld();
    loaded.findings = problems.findings(document->sources);
    loaded.origins.document = std::move(document);
    return loaded;
}

// "policies/" and "." have a parent as well.
LoadOptions with_whole_folder(LoadOptions options) {
    options.folder = fs::absolute(options.folder.empty() ? fs::path("policies") : options.folder).lexically_normal();
    if (!options.folder.has_filename()) options.folder = options.folder.parent_path();
    return options;
}

}  // namespace

bool LoadedPolicy::usable() const {
    return std::ranges::none_of(findings, [](const Finding& finding) { return finding.severity == Severity::Error; });
}

std::optional<SourcePlace> Origins::place_of(const std::vector<std::string>& path) const {
    if (!document) return std::nullopt;
    const TreeNode* node = document->root.find(path);
    if (node == nullptr || path.empty()) return std::nullopt;
    const TextPlace at = nearest_place(document->root, path);
    if (at.nowhere()) return std::nullopt;
    return source_place(document->sources, at, document->withheld);
}

std::vector<std::string> Origins::ancestry_of(const PolicyName& policy) const {
    return document ? policy_ancestry(document->written_policies, policy.str()) : std::vector<std::string>();
}

std::optional<std::string> Origins::given_by(const PolicyName& policy, const std::vector<std::string>& path) const {
    if (!document) return std::nullopt;
    std::vector<std::string> effective{"policies", policy.str()};
    effective.insert(effective.end(), path.begin(), path.end());
    const TreeNode* node = document->root.find(effective);
    if (node == nullptr) return std::nullopt;
    for (const std::string& name : ancestry_of(policy)) {
        const TreeNode* written = document->written_policies.find(name);
        written = written == nullptr ? nullptr : written->find(path);
        // The same place in the text: the effective value is this one, and not one that replaced it.
        const bool same = written != nullptr && written->place.file == node->place.file && written->place.line == node->place.line && written->place.column == node->place.column;
        if (same) return name;
    }
    return std::nullopt;
}

LoadedPolicy load_policy(const LoadOptions& options) {
    const LoadOptions whole = with_whole_folder(options);
    Problems problems;
    SourceTexts sources = read_policy_files(whole.folder, problems);
    const bool complete = !problems.has("hostile-yaml");
    return load_sources(std::move(sources), whole, problems, complete);
}

LoadedPolicy load_policy_texts(std::vector<PolicyText> texts, const LoadOptions& options) {
    Problems problems;
    SourceTexts sources;
    for (PolicyText& text : texts) sources.emplace_back(std::move(text.name), std::move(text.text));
    return load_sources(std::move(sources), with_whole_folder(options), problems, true);
}

LoadedPolicy load_policy_text(std::string name, std::string text, const LoadOptions& options) {
    std::vector<PolicyText> texts;
    texts.push_back({std::move(name), std::move(text)});
    return load_policy_texts(std::move(texts), options);
}

}  // namespace holdfast
