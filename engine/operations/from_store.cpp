#include "engine/operations/from_store.hpp"

#include <algorithm>
#include <map>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/policy/values.hpp"
#include "engine/repository/repositories.hpp"

namespace holdfast {
namespace {

constexpr const char* kAddressFile = "store";   // First line the url, second the key's source.
constexpr const char* kDefaultKey = "env:BACKUP_ENCRYPTION_KEY";
constexpr std::uint64_t kAddressBytesMax = 1 << 16;

fs::path state_of(const fs::path& home, const std::string& url) { return home / ("from-" + to_hex(sha256(as_bytes(url))).substr(0, 12)); }

EncryptionSpec encryption_of(const std::string& key) {
    EncryptionSpec encryption;
    if (key == "none") {
        encryption.enabled = false;
        return encryption;
    }
    const auto source = parse_secret_source(key);
    if (!source) {
        throw Error(ErrorCode::Usage, fmt::format("--key: {} does not say where the key is", printable(key, 60)),
                    "Write env:NAME, file:PATH or command:…; never the key itself.");
    }
    encryption.key = *source;
    return encryption;
}

// Relative to nothing: the run may be resumed from any folder.
std::string absolute_key(const std::string& key, const fs::path& here) {
    if (!key.starts_with("file:")) return key;
    return "file:" + (here / key.substr(5)).lexically_normal().string();
}

// Enough of a policy for backups to go on from here: one store, a full backup a day, and nothing expires in a hurry.
Policy bare_policy(const std::string& url, const std::string& key, const fs::path& state) {
    Policy policy;
    policy.folder = state / "policies";
    policy.state = state;
    policy.encryption = encryption_of(key);
    StoreSpec store;
    store.name = StoreName("store");
    store.url = url;
    policy.stores = {store};
    EnvironmentSpec environment;
    environment.name = EnvironmentName("recovered");
    environment.copies = {store.name};
    policy.environments = {environment};
    BackupPolicy backups;
    backups.name = PolicyName("recovered");
    BackupRule full;
    full.when = EverySpec{std::chrono::hours(24)};
    backups.backups = {full};
    backups.retention.daily = parse_period("30d");
    backups.retention.at_least = 3;
    policy.policies = {backups};
    return policy;
}

std::map<DatabaseName, EngineKind> databases_in(const Built& built, const Policy& policy) {
    Repositories repositories(policy, built.stores, built.clock, policy.state);
    std::map<DatabaseName, EngineKind> databases;
    for (const PointManifest& manifest : repositories.of(policy.stores.front().name).points(std::nullopt)) {
        databases[manifest.point.database] = manifest.point.engine;
    }
    return databases;
}

}  // namespace

fs::path state_home(const std::function<std::optional<std::string>(const std::string&)>& variable) {
    if (const auto given = variable("XDG_STATE_HOME"); given && given->starts_with("/")) return fs::path(*given) / "holdfast";
    if (const auto home = variable("HOME"); home && home->starts_with("/")) return fs::path(*home) / ".local/state/holdfast";
    throw Error(ErrorCode::Usage, "there is no home folder to keep the state of the recovery in", "Set XDG_STATE_HOME to a folder that is yours.");
}

Policy policy_from_store(const Built& built, const FromStore& from, const fs::path& home) {
    if (from.url.find("://") == std::string::npos) {
        throw Error(ErrorCode::Usage, fmt::format("--from: {} is no address of a store", printable(from.url, 80)),
                    fmt::format("Write it as the policy did, for instance file://{}.", from.url.starts_with("/") ? from.url : "/srv/backups"));
    }
    const std::string key = absolute_key(from.key.value_or(kDefaultKey), fs::current_path());
    const fs::path state = state_of(home, from.url);
    Policy policy = bare_policy(from.url, key, state);
    make_private_folders(state);
    for (const auto& [name, engine] : databases_in(built, policy)) {
        DatabaseSpec spec;
        spec.name = name;
        spec.engine = engine;
        spec.environment = policy.environments.front().name;
        spec.policy = policy.policies.front().name;
        policy.databases.push_back(std::move(spec));
    }
    if (policy.databases.empty()) {
        throw Error(ErrorCode::Missing, fmt::format("there is no recovery point in {}", from.url), "Check the address; another store may hold what you need.");
    }
    write_file_durably(state / kAddressFile, as_bytes(from.url + "\n" + key + "\n"));
    return policy;
}

std::vector<FromStore> stores_used_before(const fs::path& home) {
    std::vector<std::pair<fs::file_time_type, FromStore>> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(home, none)) {
        const fs::path file = entry.path() / kAddressFile;
        if (!fs::is_regular_file(file, none) || !fs::is_directory(entry.path() / "runs", none)) continue;
        const std::vector<std::string> lines = split(read_text_file(file, kAddressBytesMax), '\n');
        if (lines.size() >= 2) found.emplace_back(fs::last_write_time(file, none), FromStore{lines[0], lines[1]});
    }
    std::ranges::sort(found, std::greater<>{}, &std::pair<fs::file_time_type, FromStore>::first);
    std::vector<FromStore> stores;
    for (auto& [time, store] : found) stores.push_back(std::move(store));
    return stores;
}

}  // namespace holdfast
