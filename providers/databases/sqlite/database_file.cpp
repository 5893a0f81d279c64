#include "providers/databases/sqlite/database_file.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <mutex>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"

namespace holdfast {

struct DatabaseFile::Entry {
    dev_t device = 0;
    ino_t inode = 0;
    std::vector<File> files;   // The first is used; others came from a race with a rename and wait to be closed with it.
    int users = 0;
};

namespace {

std::mutex registry_mutex;

std::list<DatabaseFile::Entry>& registry() {
    static std::list<DatabaseFile::Entry> entries;
    return entries;
}

DatabaseFile::Entry* entry_of(const struct stat& status) {
    for (auto& entry : registry()) {
        if (entry.device == status.st_dev && entry.inode == status.st_ino) return &entry;
    }
    return nullptr;
}

struct stat status_of_database(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            throw Error(ErrorCode::Unavailable, "there is no database at " + path.string(),
                        "Check the path in the policy, and whether its file system is mounted.");
        }
        throw_errno(errno, "look at " + path.string());
    }
    // A pipe would block for ever when it is opened.
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::NotADatabase, path.string() + " is not a regular file", "A SQLite database is one file; check the path.");
    }
    return status;
}

}  // namespace

DatabaseFile::DatabaseFile(const fs::path& path) {
    const std::scoped_lock lock(registry_mutex);
    struct stat status = status_of_database(path);
    entry_ = entry_of(status);
    if (entry_ == nullptr) {
        File file = File::open(path, File::Mode::Read);
        if (::fstat(file.descriptor(), &status) != 0) throw_errno(errno, "look at " + path.string());
        // Between the look and the open the name may have gone to a file that is open already.
        entry_ = entry_of(status);
        if (entry_ == nullptr) entry_ = &registry().emplace_back(Entry{status.st_dev, status.st_ino, {}, 0});
        entry_->files.push_back(std::move(file));
    }
    ++entry_->users;
}

DatabaseFile::DatabaseFile(DatabaseFile&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}

DatabaseFile::~DatabaseFile() {
    if (entry_ == nullptr) return;
    // The close happens under the lock: a connection that another thread opens right now must not lose its locks to it.
    const std::scoped_lock lock(registry_mutex);
    if (--entry_->users > 0) return;
    registry().remove_if([&](const Entry& entry) { return &entry == entry_; });
}

std::optional<Bytes> read_shared_memory_file(const fs::path& database, std::uint64_t bytes_max) {
    const std::scoped_lock lock(registry_mutex);   // Nobody opens the database meanwhile.
    struct stat status {};
    if (::stat(database.c_str(), &status) == 0 && entry_of(status) != nullptr) return std::nullopt;
    const fs::path file = database.string() + "-shm";
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    const File shared = File::open(file, File::Mode::Read);
    Bytes bytes(static_cast<std::size_t>(std::min<std::uint64_t>(shared.size(), bytes_max)));
    bytes.resize(shared.read_at(0, bytes));
    return bytes;
}

const File& DatabaseFile::file() const { return entry_->files.front(); }
std::uint64_t DatabaseFile::inode() const { return entry_->inode; }

bool DatabaseFile::is_at(const fs::path& path) const {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && status.st_dev == entry_->device && status.st_ino == entry_->inode;
}

fs::path OpenDatabase::real_path() const {
    const char* name = sqlite3_db_filename(connection_.handle(), "main");
    HOLDFAST_CHECK(name != nullptr);
    return name;
}

bool OpenDatabase::is_unmoved() const {
    int moved = 0;
    sqlite3_file_control(connection_.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved == 0 && file_.is_at(real_path());
}

void OpenDatabase::require_unmoved() const {
    if (is_unmoved()) return;
    throw Error(ErrorCode::Changed, real_path().string() + " was replaced by another file while it was being opened", "Try again.");
}

namespace {

Error with_reading_hint(Error error, const fs::path& path) {
    if (error.code == ErrorCode::NotADatabase) {
        error.message = path.string() + " is not a SQLite database";
        error.hint = "Either the path is wrong, or an extension has encrypted the file; such a file cannot be backed up by its pages.";
    }
    if (error.code == ErrorCode::Missing || error.code == ErrorCode::NotPermitted) {
        error.code = ErrorCode::NotPermitted;
        error.hint = "SQLite's readers need to write -shm and -wal beside a WAL database, and to roll back what a crash left "
                     "behind: give this user read and write access to the file and its folder, or open it once with a program that has it.";
    }
    return error;
}

// Whoever reads first after a crash rolls the interrupted transaction back; a read-only connection may not.
void let_sqlite_recover(const fs::path& path) {
    Connection writable = Connection::open(path, OpenMode::ReadWrite, Duration(30'000));
    int off = 0;
    sqlite3_db_config(writable.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &off);
    touch_schema(writable);
}

}  // namespace

OpenDatabase OpenDatabase::for_reading(const fs::path& path) {
    OpenDatabase database(path, OpenMode::ReadOnly);
    try {
        try {
            touch_schema(database.connection());
        } catch (const Error& error) {
            if (error.code != ErrorCode::NotPermitted) throw;
            let_sqlite_recover(path);
            touch_schema(database.connection());
        }
    } catch (const Error& error) {
        throw with_reading_hint(error, path);
    }
    return database;
}

OpenDatabase OpenDatabase::for_writing(const fs::path& path) {
    OpenDatabase database(path, OpenMode::ReadWrite);
    try {
        touch_schema(database.connection());
    } catch (const Error& error) {
        throw with_reading_hint(error, path);
    }
    return database;
}

std::string journal_mode_of(Connection& connection) { return connection.text("PRAGMA journal_mode").value_or("delete"); }

void touch_schema(Connection& connection) { connection.prepare("SELECT count(*) FROM sqlite_schema").run(); }

}  // namespace holdfast
