#include "engine/operations/diff_policy.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/git.hpp"
#include "engine/operations/markdown.hpp"
#include "engine/operations/policy_at_commit.hpp"

namespace holdfast {
namespace {

Policy policy_at(const Built& built, const fs::path& folder, const std::string& commit) {
    LoadedPolicy loaded = policy_at_commit(built, folder, commit, built.clock.now());
    if (!loaded.usable()) throw BadPolicyError(std::move(loaded.findings));
    return std::move(loaded.policy);
}

void count_deletable(const Built& built, const Policy& before, const Policy& after, Instant now, PolicyDiff& diff) {
    const fs::path file = after.state / "catalog.db";
    if (!fs::exists(file)) {
        diff.not_counted = "there is no catalog here, so existing recovery points were not counted";
        return;
    }
    try {
        diff.deletable = newly_deletable(before, after, Catalog::open(file, built.clock)->points(std::nullopt), now);
    } catch (const Error& error) {
        diff.not_counted = fmt::format("existing recovery points were not counted: {}", error.message);
    }
}

}  // namespace

std::size_t PolicyDiff::weaker() const { return static_cast<std::size_t>(std::ranges::count(changes, Direction::Weaker, &PolicyChange::direction)); }

int PolicyDiff::exit_status() const { return weaker() > 0 || !deletable.empty() ? exit_status_of(ErrorCode::Findings) : 0; }

PolicyDiff diff_policy(const Built& built, const fs::path& policy_folder, const std::string& range, Instant now) {
    const auto dots = range.find("..");
    PolicyDiff diff;
    diff.before = commit_named(policy_folder, range.substr(0, dots));
    if (dots != std::string::npos) diff.after = commit_named(policy_folder, range.substr(dots + 2));
    const Policy before = policy_at(built, policy_folder, diff.before);
    const Policy after = diff.after.empty() ? require_policy(built, policy_folder).policy : policy_at(built, policy_folder, diff.after);
    diff.changes = compare_policies(before, after, now);
    count_deletable(built, before, after, now, diff);
    return diff;
}

std::string to_markdown(const PolicyDiff& diff) {
    if (diff.changes.empty()) return "This change means nothing for what is promised, kept or guarded.\n";
    std::string text = fmt::format("**{}**\n\n| Database | What | Before | After | |\n|---|---|---|---|---|\n", diff.weaker() == 0 ? "Nothing becomes weaker." : counted(diff.weaker(), "thing") + (diff.weaker() == 1 ? " becomes weaker." : " become weaker."));
    for (const PolicyChange& change : diff.changes) {
        const std::string direction = change.direction == Direction::Weaker ? "**weaker**" : change.direction == Direction::Stronger ? "stronger" : "";
        text += fmt::format("| {} | {} | {} | {} | {} |\n", markdown_cell(change.database), markdown_cell(change.what), markdown_cell(change.before), markdown_cell(change.after), direction);
    }
    for (const Deletable& one : diff.deletable) text += fmt::format("\n- `{}`: {} more may be deleted from {} on.", one.database, counted(one.points, "existing recovery point"), to_rfc3339(one.at));
    if (!diff.deletable.empty()) text += "\n";
    if (!diff.not_counted.empty()) text += fmt::format("\n{}.\n", diff.not_counted);
    return text;
}

}  // namespace holdfast
