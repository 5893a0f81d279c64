// The read transactions with which capture keeps a write-ahead log from being reset before it was read, handed over
// from one to the next without a moment in between; and the checkpoints that keep it small meanwhile. The reasoning about
// locks is at the top of wal_holds.cpp.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "engine/sqlite/transaction.hpp"
#include "providers/databases/sqlite/wal_checkpointer.hpp"
#include "providers/databases/sqlite/wal_pin.hpp"

namespace holdfast {

class WalHolds {
public:
    // Throws Unavailable where the database is not in WAL mode, NotPermitted where it cannot be written (checkpoints), and what
    // OpenDatabase throws.
    explicit WalHolds(const fs::path& path);
    WalHolds(const WalHolds&) = delete;
    WalHolds& operator=(const WalHolds&) = delete;
    ~WalHolds();

    // The state at which the oldest read transaction began.
    const WalIndexHeader& held() const { return held_.header; }
    // Is all of that state in the database's file? Then the file does not change; the log goes on behind that state or begins anew
    // with it. If not, the log cannot begin anew, and what is in the file is not later than that state.
    bool whole() const { return held_.backfilled == held_.header.last_frame(); }
    // Has somebody written the file although nobody may (whole())? A restore over it with `cp` does.
    bool file_was_touched() const;

    // What is committed now; nothing while it is being written. Where a program died over it, SQLite puts it in order.
    std::optional<WalIndex> look();

    // Begins another read transaction; both are held until one of the two calls below.
    const WalIndex& begin_next();
    const WalIndexHeader& next() const { return next_.header; }
    void keep_next();
    void drop_next();
    bool next_is_whole() const { return next_.backfilled == next_.header.last_frame(); }

    // Copies what is committed and not needed in the log by any reader into the file.
    CheckpointResult checkpoint() { return checkpointer_->run(); }
    WalCheckpointer& checkpointer() { return *checkpointer_; }
    // Keeps writers from committing while the object lives. Nothing where one is at work just now.
    std::unique_ptr<Transaction> try_barrier();

    // Why the files in use are not those at the database's path any more; nothing where they are.
    std::optional<std::string> gone() const;

    const File& file() const { return reader().file(); }
    std::uint64_t inode() const { return reader().inode(); }
    std::uint32_t page_bytes() const { return page_bytes_; }
    std::uint64_t file_pages() const { return (file().size() + page_bytes_ - 1) / page_bytes_; }
    const fs::path& path() const { return path_; }
    fs::path wal() const { return path_.string() + "-wal"; }

private:
    OpenDatabase& reader() { return readers_[current_]; }
    const OpenDatabase& reader() const { return readers_[current_]; }
    OpenDatabase& other() { return readers_[1 - current_]; }
    void note_file();

    std::deque<OpenDatabase> readers_;      // Two.
    std::size_t current_ = 0;
    std::optional<WalCheckpointer> checkpointer_;
    std::optional<Connection> writer_;
    fs::path path_;                         // As SQLite has it: links resolved.
    std::uint32_t page_bytes_ = 0;
    std::uint64_t wal_inode_ = 0, shm_inode_ = 0;
    WalIndex held_, next_;
    std::int64_t written_ns_ = 0;           // The file's time of change when held_ began.
    std::uint64_t file_bytes_ = 0;
};

}  // namespace holdfast
