#include "engine/operations/archive_wal.hpp"

namespace holdfast {

WalPushed archive_wal(const Workplace& workplace, const std::optional<DatabaseName>& database, const fs::path& file) {
    return push_wal(workplace.installation(), database_of_wal(workplace.installation(), database), file);
}

bool bring_wal_back(const Workplace& workplace, const std::optional<DatabaseName>& database, const std::string& name, const fs::path& to) {
    return fetch_wal(workplace.installation(), database_of_wal(workplace.installation(), database), name, to);
}

}  // namespace holdfast
