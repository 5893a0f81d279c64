#include "engine/repository/keyring.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"

namespace holdfast {
namespace {

Bytes get_small(Store& store, const std::string& name) { return store.get(name, kSmallObjectBytesMax); }

// An object that was listed may be gone when it is read: then it is as if it had not been listed.
std::optional<Bytes> get_small_if_there(Store& store, const std::string& name) {
    try {
        return get_small(store, name);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Missing) return std::nullopt;
        throw;
    }
}

std::vector<std::string> names_below(Store& store, std::string_view prefix) {
    std::vector<std::string> names;
    store.list(prefix, [&](const ObjectFacts& facts) { names.push_back(facts.name); });
    return names;
}

Bytes data_key_head(const RepositorySettings& settings, const DatabaseName& database, const KeyId& id) {
    ByteWriter head;
    write_magic(head, kDataKeyMagic);
    head.raw(id.bytes);
    head.text(settings.id);
    head.text(database.str());
    return head.take();
}

[[noreturn]] void fail_wrong_key(std::size_t keys) {
    if (keys == 0) {
        throw Error(ErrorCode::Missing, "the repository has no key object", "Restore the folder keys/ from another copy of this store.");
    }
    throw Error(ErrorCode::WrongKey, "the encryption key does not open the repository",
                "Check the key that the policy names under encryption.key; `runbook keys list` on a machine that can open it shows its keys.");
}

std::string put_key_object(Store& store, ByteView object, std::string_view before, std::string_view after) {
    const std::string id = random_id<KeyId>().text();
    fault_point(before);
    HOLDFAST_CHECK(store.put_if_absent(std::string(kKeysPrefix) + id, object));
    fault_point(after);
    return id;
}

}  // namespace

Keyring::Keyring(Store& store, RepositorySettings settings, KeyBlock block, std::string opened)
    : store_(store),
      settings_(std::move(settings)),
      block_(std::move(block)),
      opened_(std::move(opened)),
      metadata_(derive_key(block_.identity, as_bytes(settings_.id), "holdfast metadata")),
      fingerprint_(derive_key(block_.identity, as_bytes(settings_.id), "holdfast fingerprints")),
      cache_(derive_key(block_.identity, as_bytes(settings_.id), "holdfast cache")),
      cutting_(derive_key(block_.identity, as_bytes(settings_.id), "holdfast cutting")) {}

std::unique_ptr<Keyring> Keyring::create(Store& store, const RepositorySettings& settings, const MasterKey& master, Instant now) {
    KeyBlock block = random_key_block();
    const Bytes object = wrap_key_block(settings, master, block, {now, "first key"});
    const std::string id = put_key_object(store, object, "repository.key.create.before", "repository.key.create.after");
    return std::unique_ptr<Keyring>(new Keyring(store, settings, std::move(block), id));
}

std::unique_ptr<Keyring> Keyring::open(Store& store, const RepositorySettings& settings, const MasterKey& master) {
    const std::vector<std::string> names = names_below(store, kKeysPrefix);
    std::optional<Error> damage;
    bool any_of_this = false;
    for (const std::string& name : names) {
        const auto object = get_small_if_there(store, name);
        if (!object) continue;
        std::optional<KeyBlock> block;
        try {
            any_of_this = kind_of_key_object(settings, *object).has_value() || any_of_this;
            block = within(name, [&] { return unwrap_key_block(settings, master, *object); });
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Unavailable) throw;
            damage = error;   // Another one may open it.
        }
        if (!block) continue;
        std::unique_ptr<Keyring> ring(new Keyring(store, settings, std::move(*block), std::string(last_part(name))));
        ring->reload();
        return ring;
    }
    if (damage) throw *damage;
    if (!names.empty() && !any_of_this) {
        throw Error(ErrorCode::Corrupt, "repository.json names another repository than all of its keys", std::string(kRepairHint));
    }
    fail_wrong_key(names.size());
}

void Keyring::reload() {
    std::map<KeyId, DataKey> found;
    std::vector<std::string> damaged;
    std::map<KeyId, DatabaseName> destroyed = read_destroyed(damaged);
    for (const std::string& name : names_below(store_, kDataKeysPrefix)) {
        const auto id = parse_id<KeyId>(last_part(name));
        const auto slash = name.find('/', kDataKeysPrefix.size());
        if (!id || slash == std::string::npos) continue;
        const auto database = unescape_database(std::string_view(name).substr(kDataKeysPrefix.size(), slash - kDataKeysPrefix.size()));
        const auto object = get_small_if_there(store_, name);
        if (!database || !object) continue;
        const bool condemned = destroyed.contains(*id);
        const Bytes head = data_key_head(settings_, *database, *id);
        try {
            if (object->size() <= head.size() || !std::equal(head.begin(), head.end(), object->begin())) throw Error(ErrorCode::Corrupt, name);
            found.emplace(*id, DataKey{*database, Secret(open_once(block_.key_encryption, head, ByteView(*object).subspan(head.size()))), condemned});
        } catch (const Error&) {
            if (!condemned) damaged.push_back(name);   // Of one database: the others go on.
        }
    }
    const std::lock_guard lock(mutex_);
    data_keys_ = std::move(found);
    destroyed_ = std::move(destroyed);
    damaged_ = std::move(damaged);
}

// One that does not open destroys nothing: whoever can only write to the store must not be able to.
std::map<KeyId, DatabaseName> Keyring::read_destroyed(std::vector<std::string>& damaged) {
    std::map<KeyId, DatabaseName> destroyed;
    for (const std::string& name : names_below(store_, kDestroyedPrefix)) {
        const auto id = parse_id<KeyId>(last_part(name));
        if (!id) continue;
        try {
            const Bytes plain = open_object(sealing(), kDestroyedMagic, name, get_small(store_, name));
            ByteReader reader(plain, name);
            reader.u64();
            destroyed.emplace(*id, DatabaseName(reader.text()));
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt) throw;
            damaged.push_back(name);
        }
    }
    return destroyed;
}

std::vector<std::string> Keyring::damaged_data_keys() {
    const std::lock_guard lock(mutex_);
    return damaged_;
}

std::optional<Secret> Keyring::pack_key(const KeyId& owner, const PackId& pack) {
    const std::lock_guard lock(mutex_);
    const auto found = data_keys_.find(owner);
    if (found == data_keys_.end()) return std::nullopt;
    return derive_key(found->second.key, pack.bytes, "holdfast pack");
}

std::optional<Secret> Keyring::point_key(const KeyId& owner, ByteView salt) { return salted_key(owner, salt, "holdfast point"); }
std::optional<Secret> Keyring::log_key(const KeyId& owner, ByteView salt) { return salted_key(owner, salt, "holdfast log"); }

std::optional<Secret> Keyring::salted_key(const KeyId& owner, ByteView salt, std::string_view purpose) {
    const std::lock_guard lock(mutex_);
    const auto found = data_keys_.find(owner);
    if (found == data_keys_.end() || found->second.condemned) return std::nullopt;
    return derive_key(found->second.key, salt, purpose);
}

KeyId Keyring::writing_key(const DatabaseName& database) {
    reload();
    const std::vector<KeyId> existing = keys_of(database);
    if (!existing.empty()) return existing.front();
    const auto id = random_id<KeyId>();
    Secret key = random_key();
    const Bytes head = data_key_head(settings_, database, id);
    Bytes object = head;
    const Bytes wrapped = seal_once(block_.key_encryption, head, key.reveal());
    object.insert(object.end(), wrapped.begin(), wrapped.end());
    fault_point("repository.key.data.before");
    HOLDFAST_CHECK(store_.put_if_absent(data_key_object(database, id), object));
    fault_point("repository.key.data.after");
    const std::lock_guard lock(mutex_);
    data_keys_.emplace(id, DataKey{database, std::move(key), false});
    return id;
}

bool Keyring::opens_any_data_key() {
    const std::lock_guard lock(mutex_);
    return !data_keys_.empty();
}

std::optional<DatabaseName> Keyring::database_of(const KeyId& key) {
    const std::lock_guard lock(mutex_);
    const auto found = data_keys_.find(key);
    if (found == data_keys_.end() || found->second.condemned) return std::nullopt;
    return found->second.database;
}

bool Keyring::is_destroyed(const KeyId& key) {
    const std::lock_guard lock(mutex_);
    return destroyed_.contains(key);
}

std::optional<DatabaseName> Keyring::database_once_of(const KeyId& key) {
    if (auto database = database_of(key)) return database;
    const std::lock_guard lock(mutex_);
    const auto found = destroyed_.find(key);
    if (found == destroyed_.end()) return std::nullopt;
    return found->second;
}

std::vector<KeyId> Keyring::keys_of(const DatabaseName& database) {
    const std::lock_guard lock(mutex_);
    std::vector<KeyId> ids;
    for (const auto& [id, key] : data_keys_) {
        if (key.database == database && !key.condemned) ids.push_back(id);
    }
    return ids;
}

KeyFacts Keyring::facts_of(const std::string& name, ByteView object) {
    KeyFacts facts{.id = std::string(last_part(name)), .kind = std::string(kDamagedKey), .created = {}, .comment = {}, .opened_this = false};
    try {
        const auto kind = kind_of_key_object(settings_, object);
        if (!kind) return facts;
        const KeyNote note = read_key_note(settings_, block_, object);
        facts.kind = *kind == MasterKind::Key ? "key" : *kind == MasterKind::Passphrase ? "passphrase" : "none";
        facts.created = note.created;
        facts.comment = note.comment;
        facts.opened_this = facts.id == opened_;
    } catch (const Error& error) {
        // It stays in the list: a person decides whether to put it back or to remove it.
        facts.comment = error.message;
    }
    return facts;
}

std::vector<KeyFacts> Keyring::master_keys() {
    std::vector<KeyFacts> keys;
    for (const std::string& name : names_below(store_, kKeysPrefix)) {
        if (const auto object = get_small_if_there(store_, name)) keys.push_back(facts_of(name, *object));
    }
    return keys;
}

void Keyring::remove_keys_of_others() {
    for (const KeyFacts& key : master_keys()) {
        if (key.id != opened_) store_.remove(std::string(kKeysPrefix) + key.id);
    }
}

std::string Keyring::add_master_key(const MasterKey& master, const std::string& comment, Instant now) {
    if (settings_.suite == Suite::Checksum) {
        throw Error(ErrorCode::Usage, "the repository is not encrypted, so it has no keys to add",
                    "Make a new repository with encryption and copy the points there.");
    }
    return put_key_object(store_, wrap_key_block(settings_, master, block_, {now, comment}), "repository.key.add.before",
                          "repository.key.add.after");
}

void Keyring::require_opens_everything(const std::string& id, const MasterKey& master) {
    const auto block = unwrap_key_block(settings_, master, get_small(store_, std::string(kKeysPrefix) + id));
    if (!block || !equal_in_constant_time(block->identity.reveal(), block_.identity.reveal()) ||
        !equal_in_constant_time(block->key_encryption.reveal(), block_.key_encryption.reveal())) {
        throw Error(ErrorCode::Corrupt, "the new key does not open what it should", "Nothing was removed; the old key still works.");
    }
    reload();
}

std::string Keyring::rotate_master_key(const MasterKey& master, const std::string& comment, Instant now) {
    const std::string added = add_master_key(master, comment, now);
    require_opens_everything(added, master);
    const std::string old = opened_;
    remove_master_key(old);
    opened_ = added;
    return added;
}

void Keyring::remove_master_key(const std::string& id) {
    const std::vector<KeyFacts> keys = master_keys();
    const bool there = std::ranges::any_of(keys, [&](const KeyFacts& key) { return key.id == id; });
    if (!there) {
        throw Error(ErrorCode::Missing, fmt::format("the repository has no key {}", id), "`runbook keys list` shows its keys.");
    }
    const bool another_is_sound = std::ranges::any_of(keys, [&](const KeyFacts& key) { return key.id != id && key.kind != kDamagedKey; });
    if (!another_is_sound) {
        throw Error(ErrorCode::NotPermitted, "this is the repository's last key: without it nothing could be read any more",
                    "Add another key first, with `runbook keys add`.");
    }
    fault_point("repository.key.remove.before");
    store_.remove(std::string(kKeysPrefix) + id);
    fault_point("repository.key.remove.after");
}

void Keyring::announce_destruction(const DatabaseName& database, Instant now) {
    for (const KeyId& id : keys_of(database)) {
        const std::string name = std::string(kDestroyedPrefix) + id.text();
        ByteWriter plain;
        plain.u64(static_cast<std::uint64_t>(to_millis(now)));
        plain.text(database.str());
        fault_point("repository.key.announce.before");
        static_cast<void>(store_.put_if_absent(name, seal_object(sealing(), kDestroyedMagic, name, plain.bytes())));
        fault_point("repository.key.announce.after");
    }
}

void Keyring::destroy_announced() {
    reload();
    for (const std::string& name : names_below(store_, kDataKeysPrefix)) {
        const auto id = parse_id<KeyId>(last_part(name));
        if (!id || !is_destroyed(*id)) continue;
        // Overwritten first: a file system may give back a removed file's blocks unchanged.
        fault_point("repository.key.destroy.before");
        store_.put(name, Bytes(512));
        store_.remove(name);
        fault_point("repository.key.destroy.after");
    }
}

}  // namespace holdfast
