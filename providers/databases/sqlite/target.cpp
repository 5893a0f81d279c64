#include "providers/databases/sqlite/target.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "providers/databases/sqlite/raw_files.hpp"

namespace holdfast {
namespace {

// Where SQLite locks the database file: PENDING, RESERVED and the SHARED range (its "Database File Format" keeps that page
// free). Every connection that reads or writes, and every open one in WAL mode, holds some of these bytes.
constexpr off_t kLockStart = 0x40000000;
constexpr off_t kLockBytes = 2 + 510;

[[noreturn]] void fail_in_use(const fs::path& path, pid_t by) {
    throw Error(ErrorCode::Busy, path.string() + " is in use" + (by > 0 ? fmt::format(" by process {}", by) : ""),
                "Stop the programs that use it, or restore to another path.");
}

std::optional<pid_t> number_of(const fs::path& name) {
    const std::string text = name.filename().string();
    pid_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool process_has_open(const fs::path& process, const struct stat& wanted) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(process / "fd", ignored)) {
        struct stat status {};
        if (::stat(entry.path().c_str(), &status) == 0 && status.st_dev == wanted.st_dev && status.st_ino == wanted.st_ino) return true;
    }
    return false;
}

// An idle connection in rollback mode holds no lock at all, so open descriptors are looked for as well. Processes of
// other users cannot be looked into; their locks can.
std::optional<pid_t> process_using(const struct stat& wanted) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
        const auto process = number_of(entry.path());
        if (process && process_has_open(entry.path(), wanted)) return process;
    }
    return std::nullopt;
}

// SQLite would apply the log of an earlier database to whatever file takes its name. It may hold commits that exist nowhere
// else, so it is not removed here.
void require_no_leftovers(const fs::path& path) {
    for (const char* side : kSideFiles) {
        const fs::path left = path.string() + side;
        if (!fs::exists(fs::symlink_status(left))) continue;
        throw Error(ErrorCode::AlreadyExists, left.string() + " belongs to a database that is no longer there",
                    "Move it away, or choose another path.");
    }
}

// Locks of the open file description: unlike POSIX locks they stay when this process closes another descriptor of the file,
// as the restore itself does; and they exclude SQLite's.
class LockedFile final : public TargetGuard {
public:
    explicit LockedFile(const fs::path& path) : file_(File::open(path, File::Mode::ReadWrite)) {
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        lock.l_start = kLockStart;
        lock.l_len = kLockBytes;
        if (::fcntl(file_.descriptor(), F_OFD_SETLK, &lock) == 0) return;
        if (errno != EAGAIN && errno != EACCES) throw_errno(errno, "lock " + path.string());
        const bool known = ::fcntl(file_.descriptor(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
        fail_in_use(path, known ? lock.l_pid : -1);
    }

private:
    File file_;
};

}  // namespace

std::unique_ptr<TargetGuard> guard_database_file(const fs::path& path, bool may_replace) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) throw_errno(errno, "look at " + path.string());
        require_no_leftovers(path);
        return nullptr;
    }
    if (!may_replace) {
        throw Error(ErrorCode::AlreadyExists, path.string() + " is there already",
                    "Choose another path, or add --delta to make it what the recovery point says.");
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::AlreadyExists, path.string() + " is not a regular file", "Choose the path of a database file, or a new one.");
    }
    if (const auto process = process_using(status)) fail_in_use(path, *process);
    return std::make_unique<LockedFile>(path);
}

void finish_restored_file(const fs::path& path) {
    fault_point("sqlite.finish_restore.before");
    for (const char* side : kSideFiles) remove_durably(path.string() + side);
    sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
    fault_point("sqlite.finish_restore.after");
}

void drop_restored_file(const fs::path& path) {
    fault_point("sqlite.drop_copy.before");
    // The database goes last: as long as it is there, the copy is still known by its path.
    for (const char* side : kSideFiles) remove_durably(path.string() + side);
    remove_durably(path);
    struct stat status {};
    const fs::path folder = path.parent_path();
    const bool is_private = !folder.empty() && ::lstat(folder.c_str(), &status) == 0 && (status.st_mode & 0777U) == 0700U;
    // Not empty: something of somebody else's is in it, so it stays.
    if (is_private && ::rmdir(folder.c_str()) == 0) sync_folder(folder.parent_path());
    fault_point("sqlite.drop_copy.after");
}

}  // namespace holdfast
