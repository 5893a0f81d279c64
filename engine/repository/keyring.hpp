// All keys of one opened repository: the common ones and each database's data key. Adds, rotates and
// removes master keys, and destroys data keys. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "engine/repository/key_object.hpp"
#include "engine/repository/piece_cipher.hpp"

namespace holdfast {

inline constexpr std::string_view kDamagedKey = "damaged";

class Keyring {
public:
    // Writes the first key object. The repository does not exist yet: repository.json comes after it.
    static std::unique_ptr<Keyring> create(Store& store, const RepositorySettings& settings, const MasterKey& master, Instant now);
    // Throws WrongKey where `master` opens none of keys/.
    static std::unique_ptr<Keyring> open(Store& store, const RepositorySettings& settings, const MasterKey& master);

    const RepositorySettings& settings() const { return settings_; }
    Suite suite() const { return settings_.suite; }
    const Secret& identity_key() const { return block_.identity; }        // For chunk identities.
    const Secret& fingerprint_key() const { return fingerprint_; }
    const Secret& cache_key() const { return cache_; }
    const Secret& cutting_key() const { return cutting_; }
    ObjectSealing sealing() const { return {settings_.suite, &metadata_}; }

    // Nothing where the data key is not there (any more).
    std::optional<Secret> pack_key(const KeyId& owner, const PackId& pack);
    std::optional<Secret> point_key(const KeyId& owner, ByteView salt);
    std::optional<Secret> log_key(const KeyId& owner, ByteView salt);
    // The data key that new packs and points of this database use; made when there is none.
    KeyId writing_key(const DatabaseName& database);
    std::optional<DatabaseName> database_of(const KeyId& key);
    bool is_destroyed(const KeyId& key);
    // Of a data key that is or was there.
    std::optional<DatabaseName> database_once_of(const KeyId& key);
    std::vector<KeyId> keys_of(const DatabaseName& database);
    // Objects below data-keys/ and destroyed/ that do not open: points cannot be read until those keys are put back.
    std::vector<std::string> damaged_data_keys();
    bool opens_any_data_key();
    // Reads data-keys/ and destroyed/ again: other processes add and destroy.
    void reload();

    // One that is damaged (or of another repository) is listed as kind kDamagedKey.
    std::vector<KeyFacts> master_keys();
    // Right after creating: what killed creations before this one have left opens nothing.
    void remove_keys_of_others();
    std::string add_master_key(const MasterKey& master, const std::string& comment, Instant now);
    std::string rotate_master_key(const MasterKey& master, const std::string& comment, Instant now);
    void remove_master_key(const std::string& id);
    // Records that the database's data keys are gone for good …
    void announce_destruction(const DatabaseName& database, Instant now);
    // … and overwrites and removes what is announced, of all databases: a destruction that was killed is completed too.
    void destroy_announced();

private:
    Keyring(Store& store, RepositorySettings settings, KeyBlock block, std::string opened);
    struct DataKey {
        DatabaseName database;
        Secret key;
        bool condemned = false;   // Announced as gone: good only for copying what others need out of its packs.
    };
    std::optional<Secret> salted_key(const KeyId& owner, ByteView salt, std::string_view purpose);
    KeyFacts facts_of(const std::string& name, ByteView object);
    std::map<KeyId, DatabaseName> read_destroyed(std::vector<std::string>& damaged);
    void require_opens_everything(const std::string& id, const MasterKey& master);

    Store& store_;
    RepositorySettings settings_;
    KeyBlock block_;
    std::string opened_;   // The object that this process opened with its key.
    Secret metadata_, fingerprint_, cache_, cutting_;
    std::mutex mutex_;
    std::map<KeyId, DataKey> data_keys_;
    std::map<KeyId, DatabaseName> destroyed_;
    std::vector<std::string> damaged_;
};

}  // namespace holdfast
