// Puts a lost or damaged repository.json back from the copy that the repository's key seals (FORMAT.md, section 4).
#pragma once

#include "engine/repository/repository.hpp"

namespace holdfast {

// Backups are there, but repository.json, without which they cannot be opened, is not.
bool has_lost_settings(Store& store);

// False where it is sound: then nothing is written. Guesses nothing: throws WrongKey where `key` opens no key object, Missing
// where none that it opens has a copy, Corrupt where several differ, Unavailable where what is there is of a newer version.
bool repair_settings(Store& store, const MasterKey& key, const RepositoryOptions& options);

}  // namespace holdfast
