#include "engine/repository/repair_settings.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/repository/keyring.hpp"
#include "engine/repository/log_piece.hpp"

namespace holdfast {
namespace {

struct Copies {
    std::vector<RepositorySettings> settings;   // Each once.
    std::size_t objects = 0, without_copy = 0;  // Key objects at all; those that open and have none.
};

Copies read_copies(Store& store, const MasterKey& key, bool encrypted) {
    std::vector<std::string> names;
    store.list(kKeysPrefix, [&](const ObjectFacts& facts) { names.push_back(facts.name); });
    Copies copies{.settings = {}, .objects = names.size(), .without_copy = 0};
    for (const std::string& name : names) {
        try {
            const auto copy = settings_from_key_object(key, encrypted, store.get(name, kSmallObjectBytesMax));
            if (!copy) continue;
            if (!copy->settings) ++copies.without_copy;
            else if (std::ranges::find(copies.settings, *copy->settings) == copies.settings.end()) copies.settings.push_back(*copy->settings);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Missing) throw;
            log_warning("{} is passed over: {}", name, error.message);   // Another one may open.
        }
    }
    return copies;
}

// A key object that a killed creation left opens as well; the data keys say which repository holds the backups.
bool opens_the_data_keys(Store& store, const RepositorySettings& settings, const MasterKey& key) {
    const auto keys = Keyring::open(store, settings, key);
    bool any = false;
    store.list(kDataKeysPrefix, [&](const ObjectFacts&) { any = true; });
    return !any || keys->opens_any_data_key();
}

RepositorySettings the_only_settings(Store& store, const MasterKey& key, bool encrypted) {
    Copies copies = read_copies(store, key, encrypted);
    std::erase_if(copies.settings, [&](const RepositorySettings& settings) { return !opens_the_data_keys(store, settings, key); });
    if (copies.settings.size() == 1) return copies.settings.front();
    if (copies.settings.size() > 1) {
        throw Error(ErrorCode::Corrupt, fmt::format("keys/ has keys of {} repositories that this key opens, and nothing says whose the backups are", copies.settings.size()),
                    "Put repository.json back from another copy of this store.");
    }
    if (copies.without_copy > 0) {
        throw Error(ErrorCode::Missing, "the keys of this repository were made by a version that kept no copy of repository.json in them",
                    "Put repository.json back from another copy of this store; then `runbook keys rotate` makes keys that keep one.");
    }
    if (copies.objects == 0) {
        throw Error(ErrorCode::Missing, "there is no key object in the store, so nothing to make repository.json from",
                    "Put repository.json and the folder keys/ back from another copy of this store.");
    }
    throw Error(ErrorCode::WrongKey, "the encryption key opens no key object of this store",
                "Check the key that the policy names under encryption.key.");
}

// What is there now fits the keys, and what the policy says of encryption.
bool is_sound(Store& store, const MasterKey& key, bool encrypted) {
    if (!Repository::exists(store)) return false;
    try {
        const Bytes json = store.get(std::string(kSettingsObject), kSmallObjectBytesMax);
        const RepositorySettings settings = parse_settings(as_text(json));
        if ((settings.suite == Suite::Checksum) == encrypted) return false;
        Keyring::open(store, settings, key);
        return true;
    } catch (const Error& error) {
        // Another key, or a newer version, is not damage of this object.
        if (error.code != ErrorCode::Corrupt) throw;
        return false;
    }
}

}  // namespace

bool has_lost_settings(Store& store) {
    bool any = false;
    for (const std::string_view prefix : {kPointsPrefix, kPacksPrefix, kLogsPrefix, kDataKeysPrefix}) {
        if (!any) store.list(prefix, [&](const ObjectFacts&) { any = true; });
    }
    return any && !Repository::exists(store);   // Looked for last: another process may just have made it.
}

bool repair_settings(Store& store, const MasterKey& key, const RepositoryOptions& options) {
    if (is_sound(store, key, options.use_aes)) return false;
    const std::string json = to_json(the_only_settings(store, key, options.use_aes));
    fault_point("repository.settings.before");
    store.put(std::string(kSettingsObject), as_bytes(json));
    fault_point("repository.settings.after");
    return true;
}

}  // namespace holdfast
