// One piece of work per database at a time, across threads and processes of one installation: a lock file
// in state/locks. It ends with the process, however that ends.
#pragma once

#include <memory>

#include "engine/recovery/installation.hpp"

namespace holdfast {

class DatabaseLock {
public:
    // Takes the lock at once, or throws Busy that says who holds it, for what and since when.
    static DatabaseLock take(const Installation& installation, const DatabaseName& database, std::string_view what);
    DatabaseLock(DatabaseLock&&) noexcept;
    DatabaseLock& operator=(DatabaseLock&&) noexcept;
    ~DatabaseLock();

private:
    explicit DatabaseLock(File file) : file_(std::move(file)) {}
    File file_;
};

}  // namespace holdfast
