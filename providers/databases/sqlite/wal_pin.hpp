// Opens a read transaction on a WAL database and says exactly which state it sees.
#pragma once

#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/wal_index.hpp"

namespace holdfast {

// Begins a read transaction on the connection; the wal-index's header that it returns is the state that it reads. What
// stands still meanwhile is said at the top of snapshot.cpp. Throws Busy where the log does not hold still.
WalIndex pin_wal(OpenDatabase& database);

// Ends the transaction where one is open, whatever state the connection is in.
void end_read(Connection& connection) noexcept;

// Another connection for writing, that does not checkpoint when it is closed as the last one: for barriers and checkpoints.
Connection open_beside(const fs::path& path, Duration busy_timeout);

}  // namespace holdfast
