#include "engine/job/log_lock.hpp"

#include "engine/base/error.hpp"

namespace holdfast {

LockFile take_log_lock(const Installation& installation, const DatabaseName& database, std::string_view purpose) {
    return LockFile::take(path_inside(installation.state / "locks", database.str() + ".log.lock"), "the log of " + database.str(), purpose, installation.clock);
}

bool is_followed(const Installation& installation, const DatabaseName& database) {
    try {
        take_log_lock(installation, database, "looking");
        return false;
    } catch (const Error& error) {
        if (error.code == ErrorCode::Busy) return true;
        throw;
    }
}

}  // namespace holdfast
