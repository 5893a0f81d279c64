#include "engine/job/open_repository.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {

Repository& open_for_writing(const Installation& installation, const StoreName& store) {
    if (Repository::exists(installation.repositories.store(store))) return installation.repositories.of(store);
    const auto points = installation.catalog.points(std::nullopt);
    const auto known = std::ranges::count_if(points, [&](const RecoveryPoint& point) {
        return std::ranges::find(point.copies, store) != point.copies.end();
    });
    if (known == 0) return installation.repositories.of_or_create(store);
    throw Error(ErrorCode::Missing,
                fmt::format("store {} holds no repository, but the catalog knows {} in it", store.str(),
                            counted(static_cast<std::uint64_t>(known), "recovery point")),
                "Is it mounted? If its content is lost for good, `runbook catalog rebuild --lost " + store.str() + "` forgets those points.");
}

}  // namespace holdfast
