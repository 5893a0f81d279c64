// One descriptor per database file for this whole process, and SQLite connections that respect it.
//
// POSIX drops every lock that a process holds on a file when the process closes any descriptor of it. Our own
// descriptor (for reading pages) would so drop the locks of our SQLite connections, and a writer elsewhere could
// overwrite what we are reading. Therefore everything in this folder that opens a database takes a DatabaseFile
// first and gives it back last: the descriptor is shared by (device, inode) and closed only when nobody in this
// process has the file open through SQLite any more.
#pragma once

#include <optional>
#include <string>

#include "engine/sqlite/connection.hpp"

namespace holdfast {

class DatabaseFile {
public:
    // Opens `path` for reading, or shares what is open. Throws Unavailable (not there), NotADatabase (no regular file), NotPermitted.
    explicit DatabaseFile(const fs::path& path);
    DatabaseFile(DatabaseFile&& other) noexcept;
    DatabaseFile& operator=(DatabaseFile&&) = delete;
    ~DatabaseFile();

    const File& file() const;
    // Is this the file that `path` names now?
    bool is_at(const fs::path& path) const;
    std::uint64_t inode() const;

    struct Entry;   // One open file; database_file.cpp.

private:
    Entry* entry_;
};

// A database that is open through SQLite, with its descriptor. The connection is closed before the descriptor.
class OpenDatabase {
public:
    // For reading. Where a transaction was interrupted by a crash, SQLite must put the file in order first, as it
    // does for every reader; that needs the right to write, and is NotPermitted where it is missing.
    static OpenDatabase for_reading(const fs::path& path);
    static OpenDatabase for_writing(const fs::path& path);

    const File& file() const { return file_.file(); }
    std::uint64_t inode() const { return file_.inode(); }
    Connection& connection() { return connection_; }
    // The path that SQLite uses: symbolic links are resolved; its -wal lies beside it.
    fs::path real_path() const;
    // Throws Changed where the path names another file by now, so that descriptor and connection may differ.
    void require_unmoved() const;
    bool is_unmoved() const;

private:
    OpenDatabase(const fs::path& path, OpenMode mode) : file_(path), connection_(Connection::open(path, mode, Duration(30'000))) {}

    DatabaseFile file_;
    Connection connection_;
};

// The beginning of `database`'s -shm, at most `bytes_max` of it. Nothing where there is none, or where this process has the database
// open: closing the file again would drop the locks of its connections.
std::optional<Bytes> read_shared_memory_file(const fs::path& database, std::uint64_t bytes_max);

// Returns "wal", "delete", …; inside a transaction it is the mode of that transaction.
std::string journal_mode_of(Connection& connection);

// Reads the schema, so that a deferred transaction has its snapshot (and its lock) from here on.
void touch_schema(Connection& connection);

}  // namespace holdfast
