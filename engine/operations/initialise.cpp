#include "engine/operations/initialise.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/policy/schema.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kGitIgnore = ".holdfast/\nbackups/\n";

// Below policies/ci/, where the policy folder's own files are not looked for.
constexpr std::string_view kCiJob =
    "# A CI job that lets no policy through that does not hold. Copy it to where your CI looks for jobs\n"
    "# (GitHub: .github/workflows/; elsewhere the last line is what counts). It needs no database, key or network.\n"
    "name: backup policy\n"
    "on: [push, pull_request]\n"
    "jobs:\n"
    "  policy-check:\n"
    "    runs-on: ubuntu-latest\n"
    "    steps:\n"
    "      - uses: actions/checkout@v4\n"
    "      - run: runbook policy check --format sarif > policy.sarif\n";

void write_new(const fs::path& file, std::string_view text, InitDone& done) {
    if (!write_file_if_absent(file, as_bytes(text), 0644)) {
        done.notes.push_back(fmt::format("{} is there already and was left as it is.", file.string()));
        return;
    }
    done.written.push_back(file);
}

void write_git_ignore(const fs::path& here, InitDone& done) {
    const fs::path file = here / ".gitignore";
    if (write_file_if_absent(file, as_bytes(kGitIgnore), 0644)) {
        done.written.push_back(file);
        return;
    }
    const std::string text = read_text_file(file, 1 << 20);
    if (text.find(".holdfast") == std::string::npos) {
        done.notes.push_back(fmt::format("{} is there already; add the lines .holdfast/ and backups/ to it.", file.string()));
    }
}

bool holds_policy(const fs::path& folder) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing)) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".yaml" || extension == ".yml") return true;
    }
    return false;
}

}  // namespace

InitDone initialise(const fs::path& here, const StarterOptions& options) {
    const fs::path folder = here / "policies";
    if (holds_policy(folder)) {
        throw Error(ErrorCode::AlreadyExists, fmt::format("{} holds a policy already", folder.string()),
                    "Nothing was changed. See what it says with: runbook policy check");
    }
    const std::string policy = starter_policy(options);
    InitDone done;
    fs::create_directories(folder / "ci");
    write_new(folder / "policy.yaml", policy, done);
    write_new(folder / "policy.schema.json", policy_schema(), done);
    write_new(folder / "ci" / "policy-check.yml", kCiJob, done);
    write_git_ignore(here, done);
    return done;
}

}  // namespace holdfast
