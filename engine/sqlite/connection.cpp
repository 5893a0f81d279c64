#include "engine/sqlite/connection.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>

#include "engine/sqlite/failure.hpp"
#include "engine/sqlite/image_vfs.hpp"
#include "engine/sqlite/statement_pool.hpp"

namespace holdfast {
namespace {

// SQLite would create the file with the umask's mode. Only a file that this call made is closed here:
// closing any other descriptor of a database would drop the locks this process has on it.
void create_private_file(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        ::close(descriptor);
    } else if (errno != EEXIST) {
        throw_errno(errno, "create " + path.string());
    }
}

int flags_of(OpenMode mode) {
    // Absolute paths (below) never look like a URI, and URIs are not asked for.
    const int access = mode == OpenMode::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    return access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
}

std::unique_ptr<StatementPool> open_pool(const std::string& name, const fs::path& path, int flags, const char* vfs = nullptr) {
    sqlite3* database = nullptr;
    const int result = sqlite3_open_v2(name.c_str(), &database, flags, vfs);
    auto pool = std::make_unique<StatementPool>(database, path);
    if (result == SQLITE_OK) return pool;
    try {
        throw_sqlite(database, result, "open " + path.string());
    } catch (Error& error) {
        std::error_code ignored;
        if (error.code == ErrorCode::Missing && fs::exists(path, ignored)) error.code = ErrorCode::NotPermitted;
        throw;
    }
}

}  // namespace

Connection::Connection(std::unique_ptr<StatementPool> pool) : pool_(std::move(pool)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Connection Connection::open(const fs::path& path, OpenMode mode, Duration busy_timeout) {
    const fs::path absolute = fs::absolute(path);
    if (mode == OpenMode::Create) create_private_file(absolute);
    Connection connection(open_pool(absolute.string(), absolute, flags_of(mode)));
    connection.set_busy_timeout(busy_timeout);
    return connection;
}

Connection Connection::open_own(const fs::path& path) {
    Connection connection = open(path, OpenMode::Create);
    connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF");
    return connection;
}

Connection Connection::in_memory() {
    return Connection(open_pool(":memory:", {}, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE));
}

Connection Connection::open_image(const ImageVfs& vfs, const std::string& name) {
    return Connection(open_pool(ImageVfs::kFile, name, flags_of(OpenMode::ReadOnly), vfs.name()));
}

Statement Connection::prepare(std::string_view sql) { return Statement(*pool_, std::string(sql)); }

void Connection::execute(const std::string& sql) {
    const int result = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) throw_sqlite(handle(), result, "database " + path().string());
}

std::int64_t Connection::last_insert_rowid() const { return sqlite3_last_insert_rowid(handle()); }
std::int64_t Connection::changes() const { return sqlite3_changes64(handle()); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

void Connection::set_busy_timeout(Duration timeout) { sqlite3_busy_timeout(handle(), static_cast<int>(timeout.count())); }

void Connection::set_triggers(bool enabled) {
    int now = 0;
    const int result = sqlite3_db_config(handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, enabled ? 1 : 0, &now);
    if (result != SQLITE_OK) throw_sqlite(handle(), result, "set triggers of " + path().string());
}

void Connection::interrupt() { sqlite3_interrupt(handle()); }

const fs::path& Connection::path() const { return pool_->path(); }
sqlite3* Connection::handle() const { return pool_->database(); }

}  // namespace holdfast
