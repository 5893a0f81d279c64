// Log streams of one database as jobs and followers write them: going on with the newest, beginning a new one at a new
// recovery point, and what the catalog knows of them.
#pragma once

#include <mutex>

#include "engine/base/progress.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/repository/log.hpp"

namespace holdfast {

// One stream that is written to.
struct OpenedLog {
    StoreName store;
    DatabaseName database;
    std::unique_ptr<LogWriter> writer;
};

// The newest stream in the store that this database is written to, where it is of the same database (identity) and may go on.
// Nothing where there is none; one that cannot go on is recorded as ended.
std::optional<OpenedLog> continue_stream(const Installation& installation, const DatabaseSpec& spec);

// Takes a backup (an incremental by page comparison where there is something to build on) and begins a stream on it.
// Nothing where the database is as the point `unless_as` in every page: then none is taken.
// Requires: a capture of the database was opened before, so that nothing that comes after the backup is lost.
std::optional<OpenedLog> begin_stream(const Installation& installation, const DatabaseSpec& spec, const std::string& why, const std::optional<PointId>& unless_as,
                                      const DatabaseLock& lock, Progress& progress, CancelToken cancel);

// A stream as the catalog has it.
LogWindow window_of(const DatabaseName& database, const StoreName& store, const LogStreamFacts& facts, const std::string& ended);

// What the catalog says of one stream while it is written; told often, recorded seldom. Thread-safe.
class WindowKeeper {
public:
    WindowKeeper(const Installation& installation, const OpenedLog& log);
    // Everything that was committed up to `until` is in the store.
    void reached(Instant until);
    // Records what is known now, and why the stream ended (empty: it may go on).
    void record(const std::string& ended);

private:
    void put(const std::string& ended);

    const Installation& installation_;
    const OpenedLog& log_;
    std::mutex mutex_;
    Instant until_;
    Duration recorded_at_{0};
    std::uint64_t recorded_transactions_ = 0;
};

}  // namespace holdfast
