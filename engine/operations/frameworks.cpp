#include "engine/operations/frameworks.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/sources.hpp"
#include "engine/policy/yaml.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kFileBytesMax = 1U << 20;

// Reads one file's tree and says where something is wrong.
class FrameworkReader {
public:
    FrameworkReader(std::string file, std::string text) { sources_.emplace_back(std::move(file), std::move(text)); }

    Framework read() {
        std::size_t nodes_left = 100'000;
        std::optional<TreeNode> root;
        if (guard_policy_text(sources_, 0, problems_)) root = read_yaml(sources_, 0, nodes_left, problems_);
        if (!root) refuse_with(problems_.findings(sources_).front());
        for (const TreeEntry& entry : root->entries) require_known(entry, {"version", "framework", "title", "source", "controls"});
        if (text_of(*root, "version") != "1") refuse(root->place, "`version: 1` is missing");
        Framework framework{.name = text_of(*root, "framework"), .title = text_of(*root, "title"), .source = {}, .controls = {}};
        if (const TreeNode* source = root->find("source")) framework.source = source->text;
        const TreeNode* controls = root->find("controls");
        if (controls == nullptr || !controls->is_map()) refuse(root->place, "`controls` is to be a map of controls");
        for (const TreeEntry& entry : controls->entries) framework.controls.push_back(read_control(entry));
        return framework;
    }

private:
    Control read_control(const TreeEntry& entry) {
        Control control{.id = entry.key, .title = text_of(entry.value, "title"), .checks = {}};
        for (const TreeEntry& one : entry.value.entries) require_known(one, {"title", "checks"});
        const TreeNode* checks = entry.value.find("checks");
        if (checks == nullptr || !checks->is_list() || checks->entries.empty()) refuse(entry.key_place, fmt::format("control {} names no checks", entry.key));
        for (const TreeEntry& check : checks->entries) {
            if (check_named(check.value.text) == nullptr) refuse(check.value.place, fmt::format("there is no check {}", printable(check.value.text, 60)));
            control.checks.push_back(check.value.text);
        }
        return control;
    }

    std::string text_of(const TreeNode& map, std::string_view key) {
        const TreeNode* node = map.find(key);
        if (node == nullptr || !node->is_scalar() || node->text.empty()) refuse(map.place, fmt::format("`{}` is missing", key));
        return node->text;
    }

    void require_known(const TreeEntry& entry, std::initializer_list<std::string_view> known) {
        if (std::ranges::find(known, entry.key) == known.end()) refuse(entry.key_place, fmt::format("there is no key `{}` here", printable(entry.key, 60)));
    }

    [[noreturn]] void refuse(TextPlace at, const std::string& message) {
        const SourcePlace place = source_place(sources_, at);
        throw Error(ErrorCode::BadPolicy, fmt::format("framework {}:{}:{}: {}", place.file, place.line, place.column, message), "See policies/frameworks/README.md for the form.");
    }
    [[noreturn]] static void refuse_with(const Finding& finding) {
        throw Error(ErrorCode::BadPolicy, fmt::format("framework {}: {}", finding.place ? fmt::format("{}:{}:{}", finding.place->file, finding.place->line, finding.place->column) : "", finding.message), finding.fix);
    }

    SourceTexts sources_;
    Problems problems_;
};

std::vector<fs::path> framework_files(const Built& built, const fs::path& policy_folder) {
    std::vector<fs::path> folders{policy_folder / "frameworks"};
    // They stand beside the runbooks, in the source tree as where they are installed.
    for (const fs::path& runbooks : built.shipped_runbooks) folders.push_back(runbooks.parent_path() / "policies" / "frameworks");
    std::vector<fs::path> files;
    for (const fs::path& folder : folders) {
        std::error_code missing;
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder, missing)) {
            if (entry.path().extension() == ".yaml" || entry.path().extension() == ".yml") found.push_back(entry.path());
        }
        std::ranges::sort(found);
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

}  // namespace

Framework read_framework(std::string file, std::string text) { return FrameworkReader(std::move(file), std::move(text)).read(); }

std::vector<Framework> list_frameworks(const Built& built, const fs::path& policy_folder) {
    std::vector<Framework> frameworks;
    for (const fs::path& file : framework_files(built, policy_folder)) {
        Framework framework = read_framework(file.filename().string(), read_text_file(file, kFileBytesMax));
        if (std::ranges::find(frameworks, framework.name, &Framework::name) == frameworks.end()) frameworks.push_back(std::move(framework));
    }
    std::ranges::sort(frameworks, {}, &Framework::name);
    return frameworks;
}

Framework find_framework(const Built& built, const fs::path& policy_folder, const std::string& name) {
    std::vector<std::string> names;
    for (Framework& framework : list_frameworks(built, policy_folder)) {
        if (framework.name == name) return std::move(framework);
        names.push_back(framework.name);
    }
    const auto meant = closest_match(name, names);
    throw Error(ErrorCode::Usage, fmt::format("there is no framework {}", printable(name, 60)), meant ? fmt::format("Did you mean {}?", *meant) : fmt::format("There are: {}.", join(names, ", ")));
}

}  // namespace holdfast
