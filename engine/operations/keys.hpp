// `keys list`, `add`, `rotate` and `destroy`: the master keys that open the repositories.
#pragma once

#include "engine/operations/open.hpp"

namespace holdfast {

struct KeysOfStore {
    StoreName store;
    bool exists = true;                // There is a repository in it.
    std::vector<KeyFacts> keys;
};
std::vector<KeysOfStore> list_keys(const Workplace& workplace);

// "env:NAME", "file:PATH", "command:…". Throws Error{Usage}.
SecretSource read_secret_source(const std::string& text);

struct KeyChanged {
    StoreName store;
    std::string id;                    // Of the new key.
};
// Lets the key from `source` open every repository too.
std::vector<KeyChanged> add_key(const Workplace& workplace, const SecretSource& source, const std::string& comment);
// Puts the key from `source` in the place of the policy's.
std::vector<KeyChanged> rotate_keys(const Workplace& workplace, const SecretSource& source, const std::string& comment);

// Destroys one database's data key in every store: no point of it can ever be read again.
std::vector<StoreName> destroy_key_of(const Workplace& workplace, const DatabaseName& database);

}  // namespace holdfast
