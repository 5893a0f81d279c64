#include "providers/databases/sqlite/snapshot.hpp"

#include <algorithm>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "providers/databases/sqlite/wal_pin.hpp"

// Which pages a reader in WAL mode sees, and why they hold still (SQLite's "WAL-mode File Format", section "Locks"):
//
// A connection that starts to read copies the header of the wal-index; its snapshot is frames 1 … mxFrame of the log
// laid over the database file. SQLite does not tell which header it copied, so the header is read before and after the
// transaction starts: if both are the same (iChange counts commits, salts change with every reset of the log, so it
// cannot come back), the one in between was the same too.
//
// The connection then holds a shared lock on one of the read marks:
//  - Read mark 0, when the whole log is in the file already (nBackfill = mxFrame). It reads the file alone. A writer
//    may reset the log under it at any time, so nothing may be read from the log; but a checkpoint that would write the
//    file needs read mark 0 exclusively and has to wait.
//  - Another read mark, when part of the log is not in the file yet. Nobody resets the log while it is held (that needs
//    marks 1 … 4 exclusively), and no checkpoint copies frames beyond the mark to the file. Pages that have a frame are
//    read from the log; the others are not touched by any checkpoint.
//
// Which of the two it was cannot be asked either, but nBackfill, read after the transaction has started and before the
// header is read again, says enough. If it is less than mxFrame, it was less before (it only grows until a reset): the lock
// is not mark 0, and the log stays. If it equals mxFrame, the file holds the whole snapshot, and holds still under
// either lock: under mark 0 because no checkpoint may write, under another one because frames after it stay out.

namespace holdfast {
namespace {

std::uint64_t pages_in(const File& file, std::uint32_t page_bytes) { return (file.size() + page_bytes - 1) / page_bytes; }

}  // namespace

void FilePages::read(std::uint64_t first_page, std::span<std::byte> out) {
    throw_if_cancelled(cancel_);
    const std::size_t got = file_.read_at(first_page * page_bytes_, out);
    std::ranges::fill(out.subspan(got), std::byte{0});
    read_bytes_ += got;
}

DatabaseLayout layout_of(OpenDatabase& database) {
    Connection& connection = database.connection();
    connection.execute("BEGIN");
    try {
        touch_schema(connection);
        DatabaseLayout layout;
        layout.page_bytes = static_cast<std::uint32_t>(connection.integer("PRAGMA page_size").value_or(4096));
        layout.journal_mode = journal_mode_of(connection);
        layout.file_pages = pages_in(database.file(), layout.page_bytes);
        database.require_unmoved();
        connection.execute("ROLLBACK");
        return layout;
    } catch (...) {
        end_read(connection);   // Whatever it was, the lock must not stay.
        throw;
    }
}

Snapshot::Snapshot(OpenDatabase& database, const DatabaseLayout& layout, const Clock& clock, CancelToken cancel)
    : FilePages(database.file(), layout.page_bytes, std::move(cancel)), database_(database) {
    Connection& connection = database.connection();
    try {
        connection.execute("BEGIN");
        touch_schema(connection);
        if (journal_mode_of(connection) == "wal") {
            connection.execute("ROLLBACK");
            const WalIndex index = pin_wal(database);
            instant_ = clock.now();
            state_ = index.header;
            pages_ = index.header.pages();
            if (pages_ == 0) pages_ = pages_in(file_, page_bytes_);
            if (index.header.last_frame() != 0 && index.header.page_bytes() != page_bytes_) fail_page_size();
            if (index.backfilled != index.header.last_frame()) frames_.emplace(database.real_path().string() + "-wal", index.header);
        } else {
            instant_ = clock.now();
            pages_ = pages_in(file_, page_bytes_);
            if (connection.integer("PRAGMA page_size") != std::int64_t{page_bytes_}) fail_page_size();
        }
        database.require_unmoved();
    } catch (...) {
        end_read(connection);   // Whatever it was, the lock must not stay.
        throw;
    }
}

void Snapshot::fail_page_size() const {
    throw Error(ErrorCode::Changed, "the page size of " + database_.real_path().string() + " was changed meanwhile", "Try again.");
}

Snapshot::~Snapshot() { end_read(database_.connection()); }

std::optional<LogMark> Snapshot::mark() const {
    if (!state_) return std::nullopt;
    return mark_of(*state_, page_bytes_, pages_, database_.inode(), instant_);
}

void Snapshot::read(std::uint64_t first_page, std::span<std::byte> out) {
    const std::uint64_t count = out.size() / page_bytes_;
    HOLDFAST_CHECK(first_page + count <= pages_);
    if (!frames_) return FilePages::read(first_page, out);

    std::vector<std::optional<std::uint32_t>> frames(count);
    for (std::uint64_t i = 0; i < count; ++i) frames[i] = frames_->frame_of(static_cast<std::uint32_t>(first_page + i + 1));
    if (std::ranges::any_of(frames, [](const auto& frame) { return !frame; })) FilePages::read(first_page, out);
    for (std::uint64_t i = 0; i < count; ++i) {
        if (!frames[i]) continue;
        frames_->read_frame(*frames[i], out.subspan(i * page_bytes_, page_bytes_));
        read_bytes_ += page_bytes_;
    }
}

}  // namespace holdfast
