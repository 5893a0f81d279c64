// The ed25519 keys with which people approve: a private file each, its public half in `people:`.
#pragma once

#include <string>

#include "engine/base/file.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {

// Writes a new private key to `file` (0600) and returns its public text. Throws AlreadyExists.
std::string new_person_key(const fs::path& file);

// Throws NotPermitted for a file that others may read, Corrupt for one that is no such key.
SigningKey read_person_key(const fs::path& file);

// The name under `people:` that has this public key. Throws NotPermitted where nobody has.
std::string person_of_key(const Policy& policy, const std::string& public_key);

}  // namespace holdfast
