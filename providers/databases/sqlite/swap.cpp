#include "providers/databases/sqlite/swap.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/raw_files.hpp"
#include "providers/databases/sqlite/swap_record.hpp"
#include "providers/databases/sqlite/target.hpp"

namespace holdfast {
namespace {

bool is_there(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

fs::path beside(const fs::path& path, const char* suffix) { return path.string() + suffix; }

// A link is followed: the file it names is what programs open, and its folder is where SQLite looks for the side files.
fs::path real_path_of(const fs::path& live) {
    std::error_code ignored;
    return fs::exists(live, ignored) ? fs::canonical(live) : fs::weakly_canonical(live);
}

// A lock on a file that is about to change its name; nothing to lock where it is gone.
std::unique_ptr<TargetGuard> require_unused(const fs::path& live) {
    return is_there(live) ? guard_database_file(live, true) : nullptr;
}

// What readers of the copy left in its log goes into it, so that one file is all of it.
void make_one_file(const fs::path& copy) {
    {
        OpenDatabase database = OpenDatabase::for_writing(copy);
        database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::error_code ignored;
    for (const char* side : {"-wal", "-journal"}) {
        const fs::path file = beside(copy, side);
        if (fs::file_size(file, ignored) == 0 || ignored) continue;
        throw Error(ErrorCode::Busy, file.string() + " is in use", "Close the programs that look into the copy, then resume the run.");
    }
    for (const char* side : kSideFiles) remove_durably(beside(copy, side));
}

// The application must be able to open what takes the old file's name.
void take_owner_and_mode(const fs::path& file, const fs::path& from) {
    struct stat wanted {}, there {};
    if (::stat(from.c_str(), &wanted) != 0) return;   // Nothing was live: it stays private.
    if (::stat(file.c_str(), &there) != 0) throw_errno(errno, "look at " + file.string());
    const bool same_owner = wanted.st_uid == there.st_uid && wanted.st_gid == there.st_gid;
    if (!same_owner && ::chown(file.c_str(), wanted.st_uid, wanted.st_gid) != 0) {
        throw Error(ErrorCode::NotPermitted, from.string() + " belongs to another user, who could not open its replacement",
                    "Run this as root or as the owner of the database.");
    }
    if (::chmod(file.c_str(), wanted.st_mode & 0777U) != 0) throw_errno(errno, "set the mode of " + file.string());
}

void copy_across(const fs::path& from, const fs::path& to) {
    const fs::path partial = to.string() + ".partial";
    std::error_code failed;
    fs::copy_file(from, partial, fs::copy_options::overwrite_existing, failed);
    if (failed) throw_errno(failed.value(), "copy " + from.string() + " to " + partial.string());
    File::open(partial, File::Mode::ReadWrite).sync();
    rename_durably(partial, to);
}

// Brings the copy into the live file's folder, so that a rename can do the rest.
void stage(const SwapRecord& swap) {
    if (::rename(swap.copy.c_str(), swap.staged.c_str()) == 0) {
        sync_folder(swap.staged.parent_path());
        sync_folder(swap.copy.parent_path());
    } else if (errno == EXDEV) {
        copy_across(swap.copy, swap.staged);
    } else {
        throw_errno(errno, "rename " + swap.copy.string() + " to " + swap.staged.string());
    }
}

void move_side_files(const fs::path& from, const fs::path& to, std::string_view point) {
    for (const char* side : kSideFiles) {
        if (!is_there(beside(from, side))) continue;
        rename_durably(beside(from, side), beside(to, side));
        fault_point(point);
    }
}

// A second name for the file, so that the first can change hands in one step. Where the file system has no second names, the
// file is renamed, and for a moment nothing has the name.
void give_second_name(const fs::path& file, const fs::path& second) {
    if (is_there(second)) return;
    if (::link(file.c_str(), second.c_str()) == 0) return sync_folder(second.parent_path());
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) throw_errno(errno, "link " + file.string());
    rename_durably(file, second);
}

// Takes back a swap that was interrupted before the name changed hands.
bool put_back(const SwapRecord& swap) {
    if (is_there(swap.old)) {
        if (!is_there(swap.live)) rename_durably(swap.old, swap.live);
        else if (inode_of(swap.live) == inode_of(swap.old)) remove_durably(swap.old);
        else return false;
    }
    for (const char* side : kSideFiles) {
        if (!is_there(beside(swap.old, side))) continue;
        if (is_there(beside(swap.live, side))) return false;
        rename_durably(beside(swap.old, side), beside(swap.live, side));
    }
    if (is_there(swap.copy)) remove_durably(swap.staged);
    else if (is_there(swap.staged)) rename_durably(swap.staged, swap.copy);
    return true;
}

SwapRecord new_record(const FileSwap& swap) {
    SwapRecord made;
    made.live = real_path_of(swap.live);
    made.copy = swap.copy;
    const std::string name = made.live.filename().string();
    made.staged = made.live.parent_path() / ("." + name + ".holdfast-" + swap.tag);
    made.old = made.live.parent_path() / (name + ".before-" + swap.tag);
    made.taken_out = made.live.parent_path() / (name + ".undone-" + swap.tag);
    made.had_main = is_there(made.live);
    if (is_there(made.old)) {
        throw Error(ErrorCode::AlreadyExists, made.old.string() + " is there already", "Move it away, then resume the run.");
    }
    return made;
}

}  // namespace

std::string swap_files_in(const FileSwap& request) {
    if (is_there(request.record)) {
        const auto before = settle_swapped_files(request.record);
        if (!before) throw Error(ErrorCode::InDoubt, request.live.string() + " was changed by another program in the middle of the swap");
        if (*before) return read_swap_record(request.record).old.string();
    }
    make_one_file(request.copy);
    const SwapRecord swap = new_record(request);
    const auto guard = require_unused(swap.live);
    write_swap_record(request.record, swap);
    fault_point("sqlite.swap.record.after");
    stage(swap);
    fault_point("sqlite.swap.stage.after");
    take_owner_and_mode(swap.staged, swap.live);
    move_side_files(swap.live, swap.old, "sqlite.swap.side.after");
    if (swap.had_main) give_second_name(swap.live, swap.old);
    fault_point("sqlite.swap.exchange.before");
    rename_durably(swap.staged, swap.live);   // From here on the copy is the live database.
    fault_point("sqlite.swap.exchange.after");
    remove_durably(swap.copy);   // Still there where it came from another file system.
    return swap.had_main ? swap.old.string() : std::string();
}

std::optional<bool> settle_swapped_files(const fs::path& record) {
    if (!is_there(record)) return false;
    const SwapRecord swap = read_swap_record(record);
    const bool exchanged = !is_there(swap.staged) && is_there(swap.live);
    if (exchanged && (swap.had_main ? is_there(swap.old) && inode_of(swap.live) != inode_of(swap.old) : true)) return true;
    if (!put_back(swap)) return std::nullopt;
    return false;
}

std::string swap_files_back(const fs::path& record) {
    const SwapRecord swap = read_swap_record(record);
    const auto guard = require_unused(swap.live);
    // As long as the new file has the name, what lies beside it is its own.
    if (is_there(swap.had_main ? swap.old : swap.live)) {
        move_side_files(swap.live, swap.taken_out, "sqlite.swap_back.side.after");
        if (swap.had_main && is_there(swap.live)) give_second_name(swap.live, swap.taken_out);
        fault_point("sqlite.swap_back.exchange.before");
        rename_durably(swap.had_main ? swap.old : swap.live, swap.had_main ? swap.live : swap.taken_out);
    }
    fault_point("sqlite.swap_back.exchange.after");
    move_side_files(swap.old, swap.live, "sqlite.swap_back.old_side.after");
    return swap.taken_out.string();
}

}  // namespace holdfast
