// Where a backup's files go in a data directory, and what is done before the first and after the last of them is written.
#pragma once

#include <memory>

#include "engine/base/file.hpp"
#include "engine/provider/provider.hpp"

namespace holdfast {

// Throws Error{Corrupt} for a name that leaves the data directory.
fs::path cluster_target(const std::string& location, const std::string& image_file);

// Throws Busy where a server runs there, AlreadyExists where anything is there and `may_replace` is false, NotPermitted where it is
// no data directory. While the object lives no server starts there.
std::unique_ptr<TargetGuard> guard_data_folder(const std::string& location, bool may_replace);

// Before files of a data directory are written over: from now on it does not start until all of them are there.
void begin_overwriting_cluster(const fs::path& data_folder);

// All files are there: removes those that are no part of the backup, makes empty folders and the links to tablespaces. `at_last` is the
// name under which the folder will stand. Run by root it all is given to the owner of the folder around it.
void finish_restored_cluster(const fs::path& data_folder, const fs::path& at_last);

// Pages whose checksum is wrong, in a data directory without a server.
IntegrityReport check_restored_cluster(const fs::path& data_folder, const WorkContext& work);

// Throws Busy where a server runs there.
void drop_restored_cluster(const fs::path& data_folder);

}  // namespace holdfast
