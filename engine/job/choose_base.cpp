#include "engine/job/choose_base.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

bool may_be_base(const RecoveryPoint& point, const StoreName& store) {
    const bool is_image = point.kind == BackupKind::Full || point.kind == BackupKind::Incremental;
    return is_image && std::ranges::find(point.copies, store) != point.copies.end();
}

}  // namespace

BaseChoice choose_base(const Installation& installation, const DatabaseName& database, const StoreName& store,
                       const std::string& identity) {
    std::string why = fmt::format("{} has no backup in {} yet", database.str(), store.str());
    for (const RecoveryPoint& point : installation.catalog.points(database)) {
        if (!may_be_base(point, store)) continue;
        if (installation.catalog.soundness_in(point.id, store) == Soundness::Damaged) {
            why = fmt::format("point {} is damaged", point.id.str());
            continue;
        }
        try {
            if (installation.repositories.of(store).point(database, point.id).identity == identity) return {.base = point.id, .why_none = {}};
            why = fmt::format("{} is another database than the one that was backed up as {}", database.str(), point.id.str());
        } catch (const Error& error) {
            if (error.code != ErrorCode::Missing && error.code != ErrorCode::Corrupt) throw;
            why = fmt::format("point {} cannot be read: {}", point.id.str(), error.message);
        }
    }
    return {.base = std::nullopt, .why_none = why};
}

}  // namespace holdfast
