// A server's log, file by file, as its archive_command and restore_command bring and fetch it.
#pragma once

#include "engine/recovery/installation.hpp"

namespace holdfast {

struct WalPushed {
    DatabaseName database;
    std::string name;
    bool was_there = false;              // These very bytes; nothing was written.
    std::uint64_t transactions = 0;
};

// The database that is meant: the one that is named, or the policy's only PostgreSQL. Throws Usage.
DatabaseName database_of_wal(const Installation& installation, const std::optional<DatabaseName>& named);

// Puts one file of pg_wal into the repository; durable when it returns. Throws AlreadyExists where other bytes are there under this name.
WalPushed push_wal(const Installation& installation, const DatabaseName& database, const fs::path& file);

// Writes the file of that name to `to`; false where no store has it. Throws what stands in the way of knowing: then a server must not
// go on as if the log ended here.
bool fetch_wal(const Installation& installation, const DatabaseName& database, const std::string& name, const fs::path& to);

}  // namespace holdfast
