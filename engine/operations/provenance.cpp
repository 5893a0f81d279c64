#include "engine/operations/provenance.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>

#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/operations/git.hpp"
#include "engine/policy/effective.hpp"

namespace holdfast {
GitState git_state_of(const std::filesystem::path& folder) {
    GitState state;
    const auto commit = ask_git(folder, {"rev-parse", "--verify", "-q", "HEAD"});
    if (!commit || trim(*commit).empty()) return state;
    state.commit = std::string(trim(*commit));
    const auto changes = ask_git(folder, {"status", "--porcelain", "--", "."});
    state.dirty = !changes || !trim(*changes).empty();
    return state;
}

std::string account_name() {
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return entry.pw_name;
    return "uid " + std::to_string(::geteuid());
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

Provenance provenance_of(const Policy& policy, const std::string& version) {
    const GitState git = git_state_of(policy.folder);
    Provenance provenance;
    provenance.policy_commit = git.commit;
    provenance.policy_dirty = git.dirty;
    provenance.policy_hash = to_hex(sha256(as_bytes(effective_text(policy))));
    provenance.host = host_name();
    provenance.user = account_name();
    provenance.version = version;
    return provenance;
}

}  // namespace holdfast
