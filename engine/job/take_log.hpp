// One log backup: everything that was committed since the last one, into the database's log stream.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/job/database_lock.hpp"

namespace holdfast {

struct LogDone {
    std::uint64_t transactions = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t stored_bytes = 0;
    Instant until;                     // Every commit before it is in the store.
    std::vector<std::string> notes;    // A gap and what was done about it; that somebody follows.
};

// Goes on where the last one ended. Where that is not possible (the database's log was reset meanwhile, the file was
// replaced, nothing came before) a page-level incremental closes the gap and another stream begins. A database that is followed
// needs none: then nothing is done, and a note says so. Requires: the database's lock.
LogDone take_log(const Installation& installation, const DatabaseSpec& spec, const DatabaseLock& lock, Progress& progress, CancelToken cancel);

}  // namespace holdfast
