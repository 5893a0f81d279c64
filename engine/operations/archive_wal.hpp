// `wal push` and `wal fetch`: what a server's archive_command and restore_command call.
#pragma once

#include "engine/job/archive_wal.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

// `database`: needed where the policy has several PostgreSQL databases. As push_wal() and fetch_wal().
WalPushed archive_wal(const Workplace& workplace, const std::optional<DatabaseName>& database, const fs::path& file);
bool bring_wal_back(const Workplace& workplace, const std::optional<DatabaseName>& database, const std::string& name, const fs::path& to);

}  // namespace holdfast
