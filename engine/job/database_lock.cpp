#include "engine/job/database_lock.hpp"

namespace holdfast {

DatabaseLock DatabaseLock::take(const Installation& installation, const DatabaseName& database, std::string_view purpose) {
    const fs::path file = path_inside(installation.state / "locks", database.str() + ".lock");
    return DatabaseLock(LockFile::take(file, "database " + database.str(), purpose, installation.clock));
}

}  // namespace holdfast
