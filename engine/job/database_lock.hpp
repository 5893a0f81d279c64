// One piece of work per database at a time, across threads and processes of one installation: a lock file
// in state/locks. It ends with the process, however that ends.
#pragma once

#include "engine/recovery/installation.hpp"
#include "engine/recovery/lock_file.hpp"

namespace holdfast {

class DatabaseLock {
public:
    // Takes the lock at once, or throws Busy that says who holds it, for what and since when. `purpose`: "a backup".
    static DatabaseLock take(const Installation& installation, const DatabaseName& database, std::string_view purpose);

private:
    explicit DatabaseLock(LockFile file) : file_(std::move(file)) {}
    LockFile file_;
};

}  // namespace holdfast
