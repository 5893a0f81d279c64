#include "engine/operations/policy_at_commit.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/git.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kShort = 12;

bool is_policy_file(std::string_view name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

// The folder's own files at a commit, as load_policy reads them from disk.
std::vector<PolicyText> texts_at(const fs::path& folder, const std::string& commit) {
    const auto names = ask_git(folder, {"ls-tree", "-z", "--name-only", commit, "."});
    if (!names) throw Error(ErrorCode::Io, fmt::format("git does not list {} at {}", folder.string(), commit.substr(0, kShort)), "Is the folder in a git repository?");
    std::vector<PolicyText> texts;
    for (const std::string& listed : split(*names, '\0')) {
        const std::string name = fs::path(listed).filename().string();
        if (!is_policy_file(name)) continue;
        auto text = ask_git(folder, {"show", commit + ":./" + name});
        if (!text) throw Error(ErrorCode::Io, fmt::format("git does not show {} at {}", name, commit.substr(0, kShort)));
        texts.push_back({name, std::move(*text)});
    }
    return texts;
}

struct RecordedCommit {
    std::string commit;
    bool dirty = false;
    Instant at;
};

// What does not look like a commit does not get to git's command line.
bool is_commit(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

RecordedCommit newest_before(const Catalog& catalog, Instant at) {
    RecordedCommit newest;
    const auto meet = [&](const std::string& commit, bool dirty, Instant when) {
        if (when <= at && is_commit(commit) && (newest.commit.empty() || when > newest.at)) newest = {commit, dirty, when};
    };
    for (const RecoveryPoint& point : catalog.points(std::nullopt)) meet(point.provenance.policy_commit, point.provenance.policy_dirty, point.finished);
    for (const GonePoint& gone : catalog.gone_points(std::nullopt)) meet(gone.point.provenance.policy_commit, gone.point.provenance.policy_dirty, gone.point.finished);
    for (const DrillRecord& drill : catalog.drills(std::nullopt)) meet(drill.policy_commit, false, drill.finished);
    return newest;
}

}  // namespace

LoadedPolicy policy_at_commit(const Built& built, const fs::path& folder, const std::string& commit, Instant today) {
    LoadOptions options = load_options(built, folder);
    options.today = today;
    options.runbooks.reset();   // Those that are there today say nothing about those that were.
    return load_policy_texts(texts_at(folder, commit), options);
}

PolicyThen policy_then(const Workplace& workplace, const LoadedPolicy& now, Instant at) {
    PolicyThen then{.loaded = now, .commit = {}, .said = {}};
    const RecordedCommit recorded = newest_before(workplace.catalog(), at);
    if (recorded.commit.empty()) {
        then.said = "judged by today's policy: nothing on record before that time names a commit of it";
        return then;
    }
    const std::string name = recorded.commit.substr(0, kShort);
    try {
        LoadedPolicy loaded = policy_at_commit(workplace.built(), workplace.policy().folder, recorded.commit, at);
        if (!loaded.usable()) {
            const auto errors = std::ranges::count(loaded.findings, Severity::Error, &Finding::severity);
            then.said = fmt::format("judged by today's policy: that of then, commit {}, has {} by the rules of this version", name, counted(static_cast<std::uint64_t>(errors), "error"));
            return then;
        }
        then.loaded = std::move(loaded);
        then.commit = recorded.commit;
        then.said = fmt::format("judged by the policy of then: commit {}{}", name, recorded.dirty ? ", which had uncommitted changes that nobody has kept" : "");
    } catch (const Error& error) {
        then.said = fmt::format("judged by today's policy: that of then, commit {}, is not to be had: {}", name, error.message);
    }
    return then;
}

}  // namespace holdfast
