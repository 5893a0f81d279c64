#include "providers/databases/sqlite/wal_pin.hpp"

#include <sqlite3.h>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr int kQuickTries = 64;

std::optional<WalIndex> try_to_pin(Connection& connection) {
    const std::optional<WalIndex> before = read_wal_index(connection.handle());
    connection.execute("BEGIN");
    touch_schema(connection);
    const std::optional<WalIndex> after = read_wal_index(connection.handle());
    if (before && after && before->header == after->header) return after;
    connection.execute("ROLLBACK");
    return std::nullopt;
}

}  // namespace

void end_read(Connection& connection) noexcept {
    try {
        if (connection.in_transaction()) connection.execute("ROLLBACK");
    } catch (...) {
        // Only a destructor or a retry comes here; closing the connection ends the transaction in any case.
    }
}

Connection open_beside(const fs::path& path, Duration busy_timeout) {
    Connection connection = Connection::open(path, OpenMode::ReadWrite, busy_timeout);
    int now = 0;
    sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &now);
    return connection;
}

WalIndex pin_wal(OpenDatabase& database) {
    for (int i = 0; i < kQuickTries; ++i) {
        if (const auto index = try_to_pin(database.connection())) return *index;
    }
    // Somebody commits faster than we look. The write lock keeps them out for the microseconds that it takes; nothing is written.
    Connection barrier = open_beside(database.real_path(), Duration(30'000));
    barrier.execute("BEGIN IMMEDIATE");
    const std::optional<WalIndex> index = try_to_pin(database.connection());
    barrier.execute("ROLLBACK");
    if (!index) {
        throw Error(ErrorCode::Busy, "the write-ahead log of " + database.real_path().string() + " does not hold still", "Try again.");
    }
    return *index;
}

}  // namespace holdfast
