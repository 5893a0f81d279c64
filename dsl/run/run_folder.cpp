#include "dsl/run/run_folder.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {

fs::path run_folder(const Installation& installation, const RunId& run) {
    return path_inside(installation.state / "runs", run.str());
}

fs::path journal_of(const fs::path& folder) { return folder / "journal"; }

std::vector<RunId> all_runs(const Installation& installation) {
    std::vector<RunId> runs;
    std::error_code no_folder;
    for (const auto& entry : fs::directory_iterator(installation.state / "runs", no_folder)) {
        // A folder without a journal is a run that never began.
        if (fs::exists(journal_of(entry.path()))) runs.emplace_back(entry.path().filename().string());
    }
    std::ranges::sort(runs, std::greater<>{});
    return runs;
}

RunId run_named(const Installation& installation, const std::string& part) {
    std::vector<std::string> fitting;
    for (const RunId& run : all_runs(installation)) {
        if (!part.empty() && (run.str().starts_with(part) || run.str().ends_with(part))) fitting.push_back(run.str());
    }
    if (fitting.size() == 1) return RunId(fitting.front());
    if (fitting.empty()) {
        throw Error(ErrorCode::Missing, fmt::format("there is no run '{}'", printable(part, 60)), "`runbook runs list` shows all of them.");
    }
    if (fitting.size() > 10) fitting.resize(10);
    throw Error(ErrorCode::Usage, fmt::format("'{}' fits several runs: {}", printable(part, 60), join(fitting, ", ")),
                "Give more of the id; its end differs most.");
}

fs::path existing_run_folder(const Installation& installation, const RunId& run) {
    const fs::path folder = run_folder(installation, run);
    if (fs::exists(journal_of(folder))) return folder;
    throw Error(ErrorCode::Missing, fmt::format("there is no run '{}'", printable(run.str(), 60)), "`runbook runs list` shows all of them.");
}

}  // namespace holdfast
