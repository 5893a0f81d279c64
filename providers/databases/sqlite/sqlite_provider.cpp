#include "providers/databases/sqlite/sqlite_provider.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <ctime>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/sqlite/row_counts.hpp"
#include "providers/databases/sqlite/integrity.hpp"
#include "providers/databases/sqlite/page_owners.hpp"
#include "providers/databases/sqlite/log_capture.hpp"
#include "providers/databases/sqlite/raw_files.hpp"
#include "providers/databases/sqlite/row_reader.hpp"
#include "providers/databases/sqlite/row_writer.hpp"
#include "providers/databases/sqlite/salvage.hpp"
#include "providers/databases/sqlite/snapshot.hpp"
#include "providers/databases/sqlite/state_reader.hpp"
#include "providers/databases/sqlite/swap.hpp"
#include "providers/databases/sqlite/target.hpp"

namespace holdfast {
namespace {

constexpr const char* kImageFile = "main";

// Counting reads every table once more; of larger databases that would take too long while the snapshot is held.
constexpr std::uint64_t kCountedBytesMax = 256U << 20;

// SQLite keeps no identity of its own in the file. Path and inode change when another file takes the database's
// place; a next backup then starts from a full one. The device's number is left out: it changes with a reboot.
std::string identity_of(const OpenDatabase& database) {
    return fmt::format("sqlite inode {} at {}", database.inode(), database.real_path().string());
}

std::string version_text() { return std::string("SQLite ") + sqlite3_libversion(); }

std::map<std::string, std::string> facts_of(const DatabaseLayout& layout, std::uint64_t pages) {
    return {{"journal mode", layout.journal_mode},
            {"page size", std::to_string(layout.page_bytes)},
            {"pages", std::to_string(pages)},
            {"version", version_text()}};
}

// What tells whether a file was written: taken while no transaction was being written to it.
struct Untouched {
    struct stat status {};

    explicit Untouched(const File& file) {
        if (::fstat(file.descriptor(), &status) != 0) throw_errno(errno, "look at " + file.path().string());
    }
    // A file's times move in steps of some milliseconds; a write in the same step as the last one before would not show.
    // The question is about the kernel's clock that stamps files, not about the time of the backup.
    bool is_old_enough() const {
        constexpr time_t kStepSeconds = 2;
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
        return status.st_mtim.tv_sec + kStepSeconds < now.tv_sec;
    }
    bool operator==(const Untouched& other) const {
        return status.st_size == other.status.st_size && status.st_mtim.tv_sec == other.status.st_mtim.tv_sec &&
               status.st_mtim.tv_nsec == other.status.st_mtim.tv_nsec && status.st_ctim.tv_sec == other.status.st_ctim.tv_sec &&
               status.st_ctim.tv_nsec == other.status.st_ctim.tv_nsec;
    }
};

class SqliteBackup {
public:
    SqliteBackup(const fs::path& path, ImageSink& sink, const WorkContext& work)
        : database_(OpenDatabase::for_reading(path)), sink_(sink), work_(work) {}

    BackupFacts run() {
        layout_ = layout_of(database_);
        if (layout_.journal_mode == "wal") {
            Snapshot snapshot(database_, layout_, work_.clock, work_.cancel);
            sink_.add_pages(image_file(snapshot.pages()), snapshot);
            return facts(snapshot, 0);
        }
        return run_in_two_passes();
    }

private:
    // In rollback mode a reader keeps writers from committing. So the long pass, with compression and sealing, runs without
    // a lock, and may read torn pages; the second one, under the lock, reads again and keeps what is different. Where the file was
    // not written at all in between, the first pass has read a committed state.
    BackupFacts run_in_two_passes() {
        const Untouched before(database_.file());
        layout_ = layout_of(database_);
        const bool times_tell = before.is_old_enough() && before == Untouched(database_.file());
        FilePages unlocked(database_.file(), layout_.page_bytes, work_.cancel);
        sink_.add_pages(image_file(layout_.file_pages), unlocked);

        Snapshot snapshot(database_, layout_, work_.clock, work_.cancel);
        const bool same = times_tell && before == Untouched(database_.file()) && snapshot.pages() == layout_.file_pages;
        if (!same) sink_.refresh_pages(image_file(snapshot.pages()), snapshot);
        return facts(snapshot, unlocked.read_bytes());
    }

    ImageFile image_file(std::uint64_t pages) const {
        struct stat status {};
        const bool known = ::fstat(database_.file().descriptor(), &status) == 0;
        return {.name = kImageFile,
                .page_bytes = layout_.page_bytes,
                .bytes = pages * layout_.page_bytes,
                .mode = known ? static_cast<std::uint32_t>(status.st_mode & 0777U) : 0600U};
    }

    BackupFacts facts(const Snapshot& snapshot, std::uint64_t read_before) {
        std::map<std::string, std::string> facts = facts_of(layout_, snapshot.pages());
        if (snapshot.pages() * layout_.page_bytes <= kCountedBytesMax) add_row_counts(facts);
        if (const auto mark = snapshot.mark()) facts[kLogMarkFact] = to_text(*mark);
        return {.instant = snapshot.instant(),
                .source_bytes = snapshot.pages() * layout_.page_bytes,
                .read_bytes = read_before + snapshot.read_bytes(),
                .identity = identity_of(database_),
                .facts = std::move(facts)};
    }

    // The connection is still in the transaction of the snapshot: it counts exactly what was backed up.
    void add_row_counts(std::map<std::string, std::string>& facts) {
        try {
            if (const auto counts = count_rows(database_.connection())) facts[kRowCountsFact] = to_text(*counts);
        } catch (const Error& error) {
            // A damaged table cannot be counted, and its pages are kept as they are.
            log_debug("the rows of {} are not counted: {}", database_.real_path().string(), error.message);
        }
    }

    OpenDatabase database_;
    ImageSink& sink_;
    const WorkContext& work_;
    DatabaseLayout layout_;
};

}  // namespace

ProviderTraits SqliteProvider::traits() const {
    return {.can_incremental = true, .can_log = true, .can_logical = false, .can_compare_rows = true, .is_one_file = true};
}

ProbeResult SqliteProvider::probe(const Place& place) {
    OpenDatabase database = OpenDatabase::for_reading(place.location);
    const DatabaseLayout layout = layout_of(database);
    Connection& connection = database.connection();
    const std::uint64_t pages = static_cast<std::uint64_t>(connection.integer("PRAGMA page_count").value_or(0));
    ProbeResult result{.identity = identity_of(database),
                       .version = version_text(),
                       .bytes = pages * layout.page_bytes,
                       .facts = facts_of(layout, pages)};
    result.facts["encoding"] = connection.text("PRAGMA encoding").value_or("");
    result.facts["user version"] = std::to_string(connection.integer("PRAGMA user_version").value_or(0));
    result.facts["auto vacuum"] = connection.integer("PRAGMA auto_vacuum").value_or(0) == 0 ? "off" : "on";
    result.facts["tables"] = std::to_string(connection.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").value_or(0));
    return result;
}

BackupFacts SqliteProvider::back_up(const Place& place, ImageSink& sink, const WorkContext& work) {
    return SqliteBackup(place.location, sink, work).run();
}

std::unique_ptr<LogCapture> SqliteProvider::capture_log(const Place& place, const WorkContext& work) {
    return capture_sqlite_log(place.location, work.clock);
}

fs::path SqliteProvider::target_of(const std::string& location, const std::string& image_file) {
    return target_beside(location, image_file);
}

std::unique_ptr<TargetGuard> SqliteProvider::guard_target(const std::string& location, bool may_replace) {
    return guard_database_file(location, may_replace);
}

void SqliteProvider::finish_restore(const Place& place, const fs::path&, const WorkContext&) { finish_restored_file(place.location); }

IntegrityReport SqliteProvider::check_integrity(const Place& place, const WorkContext& work) {
    work.progress.begin("checking " + place.database.str(), 0);
    IntegrityReport report = check_database_file(place.location, place.is_copy, work.cancel);
    work.progress.end();
    return report;
}

void SqliteProvider::drop_copy(const Place& place) {
    if (!place.is_copy) {
        throw Error(ErrorCode::NotPermitted, place.location + " is not a copy, so it is not removed", "Remove a live database by hand, if you must.");
    }
    drop_restored_file(place.location);
}

BackupFacts SqliteProvider::keep_raw(const Place& place, ImageSink& sink, const WorkContext& work) {
    return keep_raw_files(place.location, sink, work);
}

std::unique_ptr<RowReader> SqliteProvider::read_what_is_readable(const Place& damaged, const Place& sound, const fs::path& scratch,
                                                                 const WorkContext& work) {
    work.progress.begin("reading what can be read of " + damaged.database.str(), 0);
    auto reader = read_salvaged_rows(damaged.location, sound.location, scratch, work.cancel);
    work.progress.end();
    return reader;
}

SwapResult SqliteProvider::swap_in(const SwapRequest& request, const WorkContext&) {
    return {swap_files_in({.copy = request.copy.location, .live = request.live.location, .record = request.record, .tag = request.tag})};
}
std::optional<bool> SqliteProvider::settle_swap(const fs::path& record, const Place&, const WorkContext&) { return settle_swapped_files(record); }
SwapResult SqliteProvider::swap_back(const fs::path& record, const Place&, const WorkContext&) { return {swap_files_back(record)}; }
std::optional<std::string> SqliteProvider::ask(const Place& place, const std::string& sql) {
    return Connection::open(place.location, OpenMode::ReadOnly).text(sql);
}

std::unique_ptr<RowReader> SqliteProvider::read_rows(const Place& place) { return make_row_reader(place.location); }
std::unique_ptr<RowWriter> SqliteProvider::write_rows(const Place& place) { return make_row_writer(place.location); }

std::unique_ptr<SqlReader> SqliteProvider::open_state(StateFiles& files, const DatabaseName& database, const WorkContext& work) {
    return make_state_reader(files, database, work);
}

std::vector<PageOwner> SqliteProvider::owners_of(StateFiles& files, std::span<const std::uint64_t> pages, const WorkContext& work) {
    return find_page_owners(files, pages, work);
}

}  // namespace holdfast
