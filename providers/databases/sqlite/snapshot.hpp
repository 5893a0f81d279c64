// One committed state of a live SQLite database, readable page by page in any order and by several threads,
// for as long as the object lives. The database is not copied and not written.
#pragma once

#include <atomic>

#include "engine/base/cancel.hpp"
#include "engine/base/clock.hpp"
#include "engine/provider/image.hpp"
#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/log_mark.hpp"
#include "providers/databases/sqlite/wal_frames.hpp"

namespace holdfast {

// Pages straight from the file, as they are at the moment of reading. What lies beyond its end reads as zero, as in SQLite.
class FilePages : public PageSource {
public:
    FilePages(const File& file, std::uint32_t page_bytes, CancelToken cancel) : file_(file), page_bytes_(page_bytes), cancel_(std::move(cancel)) {}
    void read(std::uint64_t first_page, std::span<std::byte> out) override;
    std::uint64_t read_bytes() const { return read_bytes_; }

protected:
    const File& file_;
    const std::uint32_t page_bytes_;
    CancelToken cancel_;
    std::atomic<std::uint64_t> read_bytes_{0};
};

// How the database is laid out, read in a short transaction.
struct DatabaseLayout {
    std::uint32_t page_bytes = 0;
    std::uint64_t file_pages = 0;   // A last partial page counts.
    std::string journal_mode;
};
DatabaseLayout layout_of(OpenDatabase& database);

// Holds a read transaction. In rollback mode that is a SHARED lock: writers cannot commit until this object is gone.
class Snapshot final : public FilePages {
public:
    // Throws Busy where a writer does not let go.
    Snapshot(OpenDatabase& database, const DatabaseLayout& layout, const Clock& clock, CancelToken cancel);
    ~Snapshot() override;

    // The clock right after the read transaction was opened: every commit in the snapshot happened before it, so a search
    // for "strictly before T" never finds a snapshot with a commit at T or later in it.
    Instant instant() const { return instant_; }
    std::uint64_t pages() const { return pages_; }
    // Where in the database's log this state stands; nothing in rollback mode.
    std::optional<LogMark> mark() const;
    void read(std::uint64_t first_page, std::span<std::byte> out) override;

private:
    [[noreturn]] void fail_page_size() const;

    OpenDatabase& database_;
    Instant instant_{};
    std::uint64_t pages_ = 0;
    std::optional<WalIndexHeader> state_;   // In WAL mode.
    std::optional<WalFrames> frames_;       // Nothing: the file alone is the snapshot.
};

}  // namespace holdfast
