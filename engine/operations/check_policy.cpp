#include "engine/operations/check_policy.hpp"

#include "engine/base/error.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kPolicyFileBytesRead = 32U << 20;   // Far above what engine/policy accepts; it says so itself.

void take_loaded(const LoadedPolicy& loaded, PolicyCheck& check) {
    check.findings.insert(check.findings.end(), loaded.findings.begin(), loaded.findings.end());
    check.databases += loaded.policy.databases.size();
}

}  // namespace

int PolicyCheck::exit_status() const {
    if (errors > 0) return exit_status_of(ErrorCode::BadPolicy);
    return warnings > 0 ? exit_status_of(ErrorCode::Findings) : 0;
}

PolicyCheck check_policy(const Built& built, const std::vector<fs::path>& paths) {
    PolicyCheck check;
    std::vector<PolicyText> texts;
    fs::path folder_of_texts;
    for (const fs::path& path : paths) {
        check.checked.push_back(path);
        if (fs::is_directory(path)) {
            take_loaded(read_policy(built, path), check);
            continue;
        }
        texts.push_back({path.string(), read_text_file(path, kPolicyFileBytesRead)});
        folder_of_texts = fs::absolute(path).parent_path();
    }
    if (!texts.empty()) take_loaded(load_policy_texts(std::move(texts), load_options(built, folder_of_texts)), check);
    for (const Finding& finding : check.findings) {
        if (finding.severity == Severity::Error) ++check.errors;
        else if (finding.severity == Severity::Warning) ++check.warnings;
        else ++check.notes;
    }
    return check;
}

}  // namespace holdfast
