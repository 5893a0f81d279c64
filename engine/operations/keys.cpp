#include "engine/operations/keys.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/secret_source.hpp"

namespace holdfast {
namespace {

// The stores that hold a repository; one that nobody has written to yet has no keys.
std::vector<StoreName> stores_in_use(const Workplace& workplace) {
    std::vector<StoreName> stores;
    for (const StoreSpec& spec : workplace.policy().stores) {
        if (!workplace.built().stores.has(spec.url)) continue;
        if (Repository::exists(workplace.installation().repositories.store(spec.name))) stores.push_back(spec.name);
    }
    return stores;
}

std::vector<StoreName> require_stores(const Workplace& workplace) {
    std::vector<StoreName> stores = stores_in_use(workplace);
    if (!stores.empty()) return stores;
    throw Error(ErrorCode::Missing, "no store holds a repository yet", "The first backup makes one: runbook tick");
}

// A rotation that was killed between two stores has rotated the first already: there the policy's key opens nothing any more,
// and the new one does. Returns the new key's id then. Throws WrongKey where neither opens it.
std::optional<std::string> already_rotated(const Workplace& workplace, const StoreName& store, const SecretSource& source) {
    try {
        workplace.installation().repositories.of(store);
        return std::nullopt;
    } catch (const Error& error) {
        if (error.code != ErrorCode::WrongKey) throw;
    }
    RepositoryOptions options;
    options.clock = &workplace.built().clock;
    const auto opened = Repository::open(workplace.installation().repositories.store(store), MasterKey{fetch_secret(source)}, options);
    for (const KeyFacts& key : opened->keys()) {
        if (key.opened_this) return key.id;
    }
    throw Error(ErrorCode::Internal, "the key that opened the repository is not among its keys");
}

}  // namespace

SecretSource read_secret_source(const std::string& text) {
    const auto colon = text.find(':');
    const std::string kind = text.substr(0, colon);
    const std::string value = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (!value.empty() && kind == "env") return {SecretKind::Environment, value};
    if (!value.empty() && kind == "file") return {SecretKind::File, value};
    if (!value.empty() && kind == "command") return {SecretKind::Command, value};
    throw Error(ErrorCode::Usage, "a key is given by where it is, never by itself", "Write env:NAME, file:PATH or command:PROGRAM.");
}

std::vector<KeysOfStore> list_keys(const Workplace& workplace) {
    std::vector<KeysOfStore> all;
    const std::vector<StoreName> used = stores_in_use(workplace);
    for (const StoreSpec& spec : workplace.policy().stores) {
        KeysOfStore keys{spec.name, std::find(used.begin(), used.end(), spec.name) != used.end(), {}};
        if (keys.exists) keys.keys = workplace.installation().repositories.of(spec.name).keys();
        all.push_back(std::move(keys));
    }
    return all;
}

std::vector<KeyChanged> add_key(const Workplace& workplace, const SecretSource& source, const std::string& comment) {
    std::vector<KeyChanged> changed;
    for (const StoreName& store : require_stores(workplace)) {
        const MasterKey key{fetch_secret(source)};
        changed.push_back({store, workplace.installation().repositories.of(store).add_key(key, comment)});
        workplace.catalog().audit("keys.add", store.str(), changed.back().id);
    }
    return changed;
}

std::vector<KeyChanged> rotate_keys(const Workplace& workplace, const SecretSource& source, const std::string& comment) {
    std::vector<KeyChanged> changed;
    for (const StoreName& store : require_stores(workplace)) {
        if (const auto done = already_rotated(workplace, store, source)) {
            changed.push_back({store, *done});
            continue;
        }
        const MasterKey key{fetch_secret(source)};
        changed.push_back({store, workplace.installation().repositories.of(store).rotate_key(key, comment)});
        workplace.catalog().audit("keys.rotate", store.str(), changed.back().id);
    }
    return changed;
}

std::vector<StoreName> destroy_key_of(const Workplace& workplace, const DatabaseName& database) {
    std::vector<StoreName> stores = require_stores(workplace);
    workplace.catalog().audit("keys.destroy", database.str(), "begun: its data key is being destroyed in every store");
    for (const StoreName& store : stores) {
        workplace.installation().repositories.of(store).destroy_database_key(database);
        workplace.catalog().audit("keys.destroy", database.str(), store.str());
    }
    return stores;
}

}  // namespace holdfast
