// A store in a local folder: `file:///srv/backups`.
//
// Folders are made private (0700), files 0600. An object is written under a temporary name, synced, then
// linked to its own name and its folder synced: whenever the power goes, it is there whole or not at all.
// Symbolic links inside the folder are never followed.
#pragma once

#include <memory>

#include "engine/model/policy.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

// For StoreRegistry::add("file", …). The folder is made with the first object that is put. Throws
// Error{Usage} where the URL does not name an absolute path on this machine.
std::unique_ptr<Store> open_local_store(const StoreSpec& spec);

}  // namespace holdfast
