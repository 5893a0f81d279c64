#include "engine/operations/git.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"

namespace holdfast {

std::optional<std::string> ask_git(const std::filesystem::path& folder, std::vector<std::string> words) {
    std::vector<std::string> argv{"git", "-c", "core.fsmonitor=false", "-C", folder.string()};
    argv.insert(argv.end(), words.begin(), words.end());
    ProcessOptions options;
    options.timeout = std::chrono::seconds(5);
    options.output_bytes_max = 32U << 20;
    options.add_environment = {{"GIT_OPTIONAL_LOCKS", "0"}, {"LC_ALL", "C"}};
    try {
        ProcessResult result = run_process(argv, options);
        if (!result.ok()) return std::nullopt;
        return std::move(result.output);
    } catch (const Error&) {   // git is not installed: then it knows nothing.
        return std::nullopt;
    }
}

std::string commit_named(const std::filesystem::path& folder, const std::string& revision) {
    const auto commit = ask_git(folder, {"rev-parse", "--verify", "-q", "--end-of-options", revision + "^{commit}"});
    if (commit && !trim(*commit).empty()) return std::string(trim(*commit));
    throw Error(ErrorCode::Usage, fmt::format("git knows no commit {} in {}", printable(revision, 80), folder.string()), "Give a branch, a tag or a commit, as main..my-branch.");
}

}  // namespace holdfast
