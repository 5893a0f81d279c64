// keys/<id>: the repository's own keys, wrapped under one master key or passphrase.
#pragma once

#include "engine/base/secret.hpp"
#include "engine/repository/repository.hpp"
#include "engine/repository/settings.hpp"

namespace holdfast {

// What every key object wraps: two random keys, from which or under which all others come.
struct KeyBlock {
    Secret identity;         // Identities of chunks; metadata, fingerprint and cache keys are derived from it.
    Secret key_encryption;   // Wraps the databases' data keys.
    KeyBlock clone() const { return {identity.clone(), key_encryption.clone()}; }
};
KeyBlock random_key_block();

enum class MasterKind : std::uint8_t { Clear = 0, Key = 1, Passphrase = 2 };
// A key is 32 bytes as 64 hex digits or in base64; everything else is a passphrase. Throws WrongKey for an empty one.
MasterKind master_kind_of(const MasterKey& master);

struct KeyNote {
    Instant created;
    std::string comment;
};

// `suite` Checksum makes a block in clear (`encryption: none`).
Bytes wrap_key_block(const RepositorySettings& settings, const MasterKey& master, const KeyBlock& block, const KeyNote& note);

// What can be said of a key object without opening it. Nothing where it belongs to another repository (leftovers of a
// creation that was killed). Throws Corrupt.
std::optional<MasterKind> kind_of_key_object(const RepositorySettings& settings, ByteView object);
// Nothing where `master` does not open it.
std::optional<KeyBlock> unwrap_key_block(const RepositorySettings& settings, const MasterKey& master, ByteView object);
// The repository's settings as they stand inside the wrapped block, where only its key can have put them.
struct SettingsCopy {
    std::string repository;                        // Whose key object it is.
    std::optional<RepositorySettings> settings;    // Nothing where an older version made the object, without the copy.
};
// Nothing where `master` does not open it, or the object is not of a repository that is `encrypted` (or not). Throws Corrupt.
std::optional<SettingsCopy> settings_from_key_object(const MasterKey& master, bool encrypted, ByteView object);
// Throws Corrupt.
KeyNote read_key_note(const RepositorySettings& settings, const KeyBlock& block, ByteView object);

}  // namespace holdfast
