// Who writes the log of a database: one follower or log job at a time in one installation. A lock of its own, beside the
// database's: backups go on while a follower holds it.
#pragma once

#include "engine/recovery/installation.hpp"
#include "engine/recovery/lock_file.hpp"

namespace holdfast {

// Takes it at once, or throws Busy that says who follows, since when.
LockFile take_log_lock(const Installation& installation, const DatabaseName& database, std::string_view purpose);
// Whether somebody follows it just now.
bool is_followed(const Installation& installation, const DatabaseName& database);

}  // namespace holdfast
