// The contract of a database engine: what it can do, how it is backed up, checked and put back.
// Implemented by providers/databases/*; chosen by engine/provider/registry.hpp. Objects are stateless:
// every call says which database it is about. Calls are safe from several threads for different databases.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/cancel.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"
#include "engine/base/progress.hpp"
#include "engine/model/policy.hpp"
#include "engine/provider/image.hpp"
#include "engine/provider/log.hpp"
#include "engine/provider/query.hpp"
#include "engine/provider/rows.hpp"

namespace holdfast {

// A database in the world: the live one of the policy, or a copy that was restored.
struct Place {
    DatabaseName database;      // Whose data it is.
    EngineKind engine = EngineKind::Sqlite;
    std::string location;       // SQLite: the file's path. Servers: a connection.
    bool is_copy = false;
    ServerSpec server = {};     // A live one: how its server is stopped and started on its own machine.
    bool operator==(const Place&) const = default;
};
Place live_place_of(const DatabaseSpec& spec);

struct WorkContext {
    const Clock& clock;
    Progress& progress;
    CancelToken cancel;
};

struct ProviderTraits {
    bool can_incremental = false;
    bool can_log = false;
    bool can_logical = false;
    bool can_compare_rows = false;
    bool asks_copies = false;   // A state is asked through a restored copy with a server over it (ask_copy), not where it lies in the repository.
    bool is_one_file = false;   // A live database is a file: it can be made where rows are to be written to.
};

// What a look at the database says, before anything is done to it.
struct ProbeResult {
    std::string identity;                        // Stays the same while it is the same database.
    std::string version;                         // "SQLite 3.40.1"
    std::uint64_t bytes = 0;
    std::map<std::string, std::string> facts;    // "journal mode" → "wal".
};

// One thing that an integrity check found.
struct IntegrityProblem {
    std::string where;           // "page 812", "index orders_by_day", "table items"
    std::string what;
};

struct BackupFacts {
    Instant instant;             // Every commit before it is in, none after. Taken while the snapshot was being opened.
    std::uint64_t source_bytes = 0;
    std::uint64_t read_bytes = 0;
    std::string identity;
    std::map<std::string, std::string> facts;
    // What was damaged already in the database, and is kept as it is. At most 100; `damage_count` has the whole number.
    std::vector<IntegrityProblem> damage = {};
    std::uint64_t damage_count = 0;
};
// The fact of a point that says so. Its bytes may be all there: the state in them is damaged.
inline constexpr const char* kSourceDamageFact = "damage in the database";

struct IntegrityReport {
    std::vector<IntegrityProblem> problems;      // At most 100; `problem_count` has the whole number.
    std::uint64_t problem_count = 0;
    std::vector<std::string> checks;             // What was run: "integrity_check", "foreign_key_check".
    bool sound() const { return problem_count == 0; }
};

// A copy that was restored, on its way to be asked: read_rows() and what else looks inside.
struct CopyOpening {
    Place copy;
    Place live;                  // Whose copy it is.
    fs::path room;               // A private folder of ours that the copy lies in.
    bool writable = false;       // Somebody is going to change it: a migration that is tried.
    // Given: it becomes a server for others, on this port. `promote`: with settings of its own, from now on; otherwise it waits, read-only, where its
    // log was replayed to.
    std::optional<std::uint16_t> port = std::nullopt;
    bool promote = true;
};

// "/srv/pg/data:5433": where a database shall live.
struct CopyLocation {
    std::string path;
    std::optional<std::uint16_t> port = std::nullopt;
};

// What other programs are told of a place; holds no secret.
struct ProgramAddress {
    std::string location;                            // A path, or a connection.
    std::map<std::string, std::string> variables = {};   // What the engine's own programs read from their environment.
};

// Which rows of a copy become a script, and what came of it.
struct ScriptOrder {
    Place copy;
    fs::path file;                     // Written and synced; nothing stands there.
    std::vector<std::string> tables;   // Empty: all of them.
    std::string only_where;            // A condition in the engine's SQL, for each of the tables.
};
struct ScriptFacts {
    std::uint64_t rows = 0, tables = 0;
    std::vector<std::pair<std::string, std::string>> not_covered;   // Table and why.
};

// How a live database is replaced by a restored copy: by renaming, every step durable, the old files kept beside the new ones.
struct SwapRequest {
    Place copy;                  // Moved, so it is no longer where it was.
    Place live;                  // Its files may be damaged or gone.
    fs::path record;             // A private file that says what was moved where; what settle_swap and swap_back go by.
    std::string tag;             // Part of the names that the old files get: the run's id.
};
struct SwapResult {
    std::string old_files;       // Where what was live before is now; empty: there was nothing.
};

class Provider {
public:
    virtual ~Provider() = default;
    virtual EngineKind engine() const = 0;
    virtual ProviderTraits traits() const = 0;

    // Throws Error{Unavailable, NotADatabase, NotPermitted} with what to do about it.
    virtual ProbeResult probe(const Place& place) = 0;

    // Streams one consistent snapshot into `sink` while others write. Never changes the database.
    virtual BackupFacts back_up(const Place& place, ImageSink& sink, const WorkContext& work) = 0;

    // Streams the engine's own portable form of what is selected (traits().can_logical); `identity` of the facts is empty where the role may not
    // know it. Throws Unavailable where the engine has none, or its program is not here; Missing where nothing is what is selected.
    virtual BackupFacts dump(const Place& place, const DumpSelection& selection, ImageSink& sink, const WorkContext& work);

    // Begins to capture the log (traits().can_log). Throws Unavailable where the database keeps none (SQLite outside WAL mode),
    // with what to do about it.
    virtual std::unique_ptr<LogCapture> capture_log(const Place& place, const WorkContext& work);

    // ---- restoring ----
    // Where each file of an image goes for `location` ("to"). Throws Error{Corrupt} for a name that leaves it.
    virtual fs::path target_of(const std::string& location, const std::string& image_file) = 0;
    // Throws Error{Busy} where the target is in use by any process, Error{AlreadyExists} where something is there and
    // `may_replace` (--delta) is false. Returns something that holds whatever lock keeps the target
    // unused until the restore has finished (may be null).
    virtual std::unique_ptr<struct TargetGuard> guard_target(const std::string& location, bool may_replace) = 0;
    // Right before the first of the files that stand at `location` is written over (--delta): what is half old and half new must
    // not be taken for a database.
    virtual void begin_overwriting(const std::string& location);
    // All files stand: remove what does not belong (an old -wal), make it ready. `place` is the new database; `at_last` is the
    // name that it will have when it is moved into place.
    virtual void finish_restore(const Place& place, const fs::path& at_last, const WorkContext& work) = 0;

    // What is left to do, for who has restored a database to a place of their own: a sentence each. Nothing where it is ready as it is.
    virtual std::vector<std::string> what_next(const Place& copy);
    // Makes a restored copy ready to be asked; nothing where it is a file that is read as it is. A server's gets a server of its own, which goes
    // on until drop_copy(). Returns what people should know: where it answers.
    virtual std::string open_copy(const CopyOpening& opening, const WorkContext& work);
    // A copy that was opened, for statements that read (traits().asks_copies).
    virtual std::unique_ptr<SqlReader> ask_copy(const Place& copy, const WorkContext& work);
    // Writes rows of an opened copy as a script that makes their tables and fills them, for engines whose databases are no files.
    virtual ScriptFacts write_script(const ScriptOrder& order, const WorkContext& work);
    // Reads where a copy shall live; an engine without servers takes all of it as a path. Throws Usage.
    virtual CopyLocation read_location(const std::string& text);
    // Throws Usage where the engine has no servers, Busy where the port is taken.
    virtual void require_free_port(std::uint16_t port);
    virtual ProgramAddress address_for_programs(const Place& place);
    // The first value of what a query gives; nothing for NULL or no row. The database is only read.
    virtual std::optional<std::string> ask(const Place& place, const std::string& sql);
    // Ends what open_copy() has started over the copy that this folder is, or over copies in it, so that they can be written over or removed.
    virtual void close_copies(const fs::path& folder);

    virtual IntegrityReport check_integrity(const Place& place, const WorkContext& work) = 0;
    // Removes a restored copy and all that belongs to it. Refuses (NotPermitted) a place that is not a copy. No error where it is gone.
    virtual void drop_copy(const Place& place) = 0;

    // ---- damaged databases ----
    // Hands over the database's files as streams of bytes, whatever state they are in. Never opens the database. Throws Missing
    // where there is no file at all.
    virtual BackupFacts keep_raw(const Place& place, ImageSink& sink, const WorkContext& work);
    // The rows that can still be read; what cannot is named by RowReader::unreadable(). `sound` is another state of the same
    // database, whose header and schema may stand in for those that are gone. Needs room in `scratch` (a private folder, emptied by
    // whoever gave it) for a copy of the rows.
    virtual std::unique_ptr<RowReader> read_what_is_readable(const Place& damaged, const Place& sound, const fs::path& scratch, const WorkContext& work);

    // ---- replacing a live database ----
    // Throws Busy where anybody uses the live database. Where it throws anything the old files are live, and served as before.
    virtual SwapResult swap_in(const SwapRequest& request, const WorkContext& work);
    // After an interruption: true where the copy is in place. Else everything is put back as it was, and it is false; nothing
    // where somebody else has changed the files meanwhile.
    virtual std::optional<bool> settle_swap(const fs::path& record, const Place& live, const WorkContext& work);
    // Puts the old files back and keeps the new ones beside them. Can be run again after an interruption. Throws Busy as swap_in.
    virtual SwapResult swap_back(const fs::path& record, const Place& live, const WorkContext& work);

    // ---- rows ----
    virtual std::unique_ptr<RowReader> read_rows(const Place& place) = 0;
    virtual std::unique_ptr<RowWriter> write_rows(const Place& place) = 0;

    // ---- states that are not restored ----
    // Opens one for SQL. `files` must outlive what is returned. Throws Unavailable where the engine cannot.
    virtual std::unique_ptr<SqlReader> open_state(StateFiles& files, const DatabaseName& database, const WorkContext& work);
    // What each of `pages` (ascending, from 0, of the image's one file of pages) belongs to in this state, in their order. A damaged
    // database gives "unknown" for what cannot be told; it throws only what reading throws.
    virtual std::vector<PageOwner> owners_of(StateFiles& files, std::span<const std::uint64_t> pages, const WorkContext& work);
};

struct TargetGuard {
    virtual ~TargetGuard() = default;
};

}  // namespace holdfast
