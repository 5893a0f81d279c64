#include "dsl/journal/run_lock.hpp"

#include <fcntl.h>

#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

// Locks of the open file description (fcntl(2)): they belong to the File, not to the process.
struct flock whole_file() {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    return range;
}

File open_lock_file(const fs::path& folder) {
    const fs::path file = folder / "lock";
    write_file_if_absent(file, {});
    return File::open(file, File::Mode::ReadWrite);
}

}  // namespace

RunLock RunLock::take(const fs::path& folder) {
    File file = open_lock_file(folder);
    struct flock range = whole_file();
    if (::fcntl(file.descriptor(), F_OFD_SETLK, &range) == 0) return RunLock(std::move(file));
    if (errno != EAGAIN && errno != EACCES) throw_errno(errno, fmt::format("lock {}", file.path().string()));
    throw Error(ErrorCode::Busy, fmt::format("run {} is being run by another process", folder.filename().string()),
                "Wait for it, or stop that process.");
}

bool RunLock::is_held(const fs::path& folder) {
    if (!fs::exists(folder / "lock")) return false;
    const File file = File::open(folder / "lock", File::Mode::Read);
    struct flock range = whole_file();
    range.l_type = F_RDLCK;   // The file is open for reading only; a writer's lock is in its way just the same.
    if (::fcntl(file.descriptor(), F_OFD_GETLK, &range) != 0) throw_errno(errno, fmt::format("look at {}", file.path().string()));
    return range.l_type != F_UNLCK;
}

}  // namespace holdfast
