// One connection to one SQLite database; the only door to sqlite3.h besides providers/databases/sqlite.
// A connection and its statements belong to one thread at a time. Failures are Error{Busy, NotADatabase,
// Corrupt, DiskFull, NotPermitted, Missing, …}; see failure.hpp.
#pragma once

#include <memory>
#include <string>

#include "engine/base/file.hpp"
#include "engine/base/time.hpp"
#include "engine/sqlite/statement.hpp"

struct sqlite3;

namespace holdfast {

class ImageVfs;   // image_vfs.hpp: bytes of ours as a database file.

enum class OpenMode : std::uint8_t {
    ReadOnly,
    ReadWrite,
    Create,      // Made with mode 0600 where it is not there; its -wal and -shm take the same mode.
};

class Connection {
public:
    // Opens `path` and waits up to `busy_timeout` for other programs' locks. Does not read the file yet, so that
    // NotADatabase and Corrupt come with the first statement.
    static Connection open(const fs::path& path, OpenMode mode, Duration busy_timeout = Duration(10'000));
    // Opens or creates a database of our own: WAL, synchronous=FULL (a commit survives a power cut), foreign keys on.
    static Connection open_own(const fs::path& path);
    static Connection in_memory();
    // What `vfs` shows, for reading only. It must outlive the connection; `name` stands in messages where a path would.
    static Connection open_image(const ImageVfs& vfs, const std::string& name);

    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    // Compiles `sql` (one statement), or takes it from the pool of those compiled before. May be called again while
    // an earlier statement with the same text is still in use.
    Statement prepare(std::string_view sql);
    // Runs one or several statements without parameters; rows are dropped.
    void execute(const std::string& sql);
    // Prepares, binds, runs.
    template <typename... Values>
    void run(std::string_view sql, const Values&... values) {
        prepare(sql).bind_all(values...).run();
    }
    // Returns the first column of the first row; nothing where there is no row or it is NULL.
    template <typename... Values>
    std::optional<std::int64_t> integer(std::string_view sql, const Values&... values) {
        Statement statement = prepare(sql);
        statement.bind_all(values...);
        return statement.step() ? statement.integer_or_null(0) : std::nullopt;
    }
    template <typename... Values>
    std::optional<std::string> text(std::string_view sql, const Values&... values) {
        Statement statement = prepare(sql);
        statement.bind_all(values...);
        return statement.step() ? statement.text_or_null(0) : std::nullopt;
    }

    std::int64_t last_insert_rowid() const;
    std::int64_t changes() const;          // Rows changed by the latest statement.
    bool in_transaction() const;
    void set_busy_timeout(Duration timeout);
    void set_triggers(bool enabled);       // SQLITE_DBCONFIG_ENABLE_TRIGGER, for this connection alone.
    void interrupt();                      // The one call that another thread may make.

    const fs::path& path() const;          // Empty: in memory.
    sqlite3* handle() const;

private:
    explicit Connection(std::unique_ptr<StatementPool> pool);
    std::unique_ptr<StatementPool> pool_;
};

}  // namespace holdfast
