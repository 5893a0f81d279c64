#include "providers/databases/sqlite/wal_holds.hpp"

#include <sys/stat.h>

#include "engine/base/error.hpp"
#include "providers/databases/sqlite/snapshot.hpp"

// Why nothing that is committed after the first read transaction began is ever lost, whoever checkpoints (locks: SQLite's
// "WAL-mode File Format"; snapshot.cpp says which state a read transaction sees).
//
// Let the oldest read transaction have begun at frame m of generation g.
//
//  - Where the file lacked some of that state (not whole()), the lock is on a read mark 1 … 4. A log is reset with those
//    marks locked exclusively, by a writer as by wal_checkpoint(RESTART or TRUNCATE). So g goes on, and every frame behind m
//    stays where it is. A checkpoint copies at most the frames up to the lowest mark, so the file holds nothing later than m.
//
//  - Where the file had all of it (whole()), the lock may be on read mark 0. It does not keep a writer from resetting the log,
//    but any checkpoint needs mark 0 exclusively before it writes the file, so none does. A log is reset only when all of its
//    frames are in the file: while it still ends at m. If a commit goes behind m instead, g is never in the file as a whole and
//    is not reset. If it is reset (more than once, while nothing is in the new one), the first commit behind m is at the
//    beginning of the next generation that has frames, and that one is not reset either, for the same reason. Its salts
//    may be any: a connection that writes first into an empty log draws them. (If the lock is on another mark, g is not reset at
//    all, and as no checkpoint copies what is behind m, the file stands still as well.)
//
// A later read transaction begins while the earlier one is held, and the earlier one ends only when everything up to the
// later one's state was read from the log. So the same holds again from the later one's state on.
//
// The pages of the last state that was read can be had all the while: a page with a frame in the log from there, any
// other from the file, which holds nothing later than the oldest transaction's state, which is not later than what was read.
//
// A connection keeps a shared lock on the file, so no other program's close can be the last one and remove the log, and
// nobody can leave WAL mode ("database is locked"). What no lock prevents is that files are removed, renamed or written
// past SQLite: gone() and file_was_touched() tell.

namespace holdfast {
namespace {

constexpr Duration kPatience{1'000};

std::uint64_t inode_at(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

WalHolds::WalHolds(const fs::path& path) {
    readers_.push_back(OpenDatabase::for_reading(path));
    const DatabaseLayout layout = layout_of(readers_.front());
    if (layout.journal_mode != "wal") {
        throw Error(ErrorCode::Unavailable, path.string() + " cannot be followed and keeps no log: its journal_mode is " + layout.journal_mode,
                    "Nothing is captured; the full and incremental backups of its policy need no log and go on. Run `PRAGMA journal_mode=WAL` once on the database; it stays so.");
    }
    path_ = readers_.front().real_path();
    readers_.push_back(OpenDatabase::for_reading(path));
    if (inode() != readers_.back().inode()) throw Error(ErrorCode::Changed, path.string() + " was replaced while it was being opened", "Try again.");
    page_bytes_ = layout.page_bytes;
    try {
        Connection checkpoints = open_beside(path_, Duration(0));
        touch_schema(checkpoints);
        checkpointer_.emplace(std::move(checkpoints));
        writer_.emplace(open_beside(path_, Duration(0)));
        touch_schema(*writer_);
    } catch (Error& error) {
        if (error.code == ErrorCode::NotPermitted) error.hint = "Following a log takes checkpoints: give this user the right to write the database.";
        throw;
    }
    for (OpenDatabase& reader : readers_) reader.connection().set_busy_timeout(kPatience);
    held_ = pin_wal(readers_.front());
    readers_.front().require_unmoved();
    readers_.back().require_unmoved();
    wal_inode_ = inode_at(wal());
    shm_inode_ = inode_at(path_.string() + "-shm");
    note_file();
}

WalHolds::~WalHolds() {
    for (OpenDatabase& reader : readers_) end_read(reader.connection());
}

void WalHolds::note_file() {
    struct stat status {};
    if (::fstat(file().descriptor(), &status) != 0) throw_errno(errno, "look at " + path_.string());
    written_ns_ = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
    file_bytes_ = static_cast<std::uint64_t>(status.st_size);
}

bool WalHolds::file_was_touched() const {
    struct stat status {};
    if (!whole() || ::fstat(file().descriptor(), &status) != 0) return false;
    return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec != written_ns_ || static_cast<std::uint64_t>(status.st_size) != file_bytes_;
}

std::optional<WalIndex> WalHolds::look() { return read_wal_index(reader().connection().handle()); }

const WalIndex& WalHolds::begin_next() {
    try {
        next_ = pin_wal(other());
    } catch (...) {
        end_read(other().connection());   // Whatever it was, no transaction may stay open half.
        throw;
    }
    return next_;
}

void WalHolds::keep_next() {
    end_read(reader().connection());
    current_ = 1 - current_;
    held_ = next_;
    note_file();
}

void WalHolds::drop_next() { end_read(other().connection()); }

std::unique_ptr<Transaction> WalHolds::try_barrier() {
    try {
        return std::make_unique<Transaction>(*writer_, Transaction::Kind::Immediate);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Busy) throw;
        return nullptr;
    }
}

std::optional<std::string> WalHolds::gone() const {
    if (const std::uint64_t found = inode_at(path_); found == 0) return "the database is gone";
    if (!readers_.front().is_unmoved()) return "the file was replaced by another";
    if (inode_at(wal()) != wal_inode_) return "its -wal file was removed while it was in use";
    if (inode_at(path_.string() + "-shm") != shm_inode_) return "its -shm file was removed while it was in use";
    return std::nullopt;
}

}  // namespace holdfast
