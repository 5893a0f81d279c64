#include "tests/support/sqlite_reference.hpp"

#include "engine/sqlite/connection.hpp"

namespace holdfast {

Bytes settled_bytes_of(const fs::path& database, const fs::path& scratch) {
    const fs::path copy = scratch / "settled.db";
    fs::remove(copy.string() + "-wal");
    fs::copy_file(database, copy, fs::copy_options::overwrite_existing);
    const fs::path wal = database.string() + "-wal";
    if (fs::exists(wal)) fs::copy_file(wal, copy.string() + "-wal", fs::copy_options::overwrite_existing);
    {
        Connection connection = Connection::open(copy, OpenMode::ReadWrite);
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    return read_file(copy, 1ULL << 32);
}

bool passes_integrity_check(const fs::path& database) {
    Connection connection = Connection::open(database, OpenMode::ReadWrite);
    return connection.text("PRAGMA integrity_check") == "ok" && !connection.text("PRAGMA foreign_key_check").has_value();
}

}  // namespace holdfast
