#include "engine/job/pins.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

RecoveryPoint listed(const Installation& installation, const PointId& id) { return installation.catalog.point_by_prefix(id.str()); }

}  // namespace

std::vector<std::string> pin_point(const Installation& installation, const PointId& id, std::optional<Instant> until, const std::string& why) {
    installation.catalog.set_pinned(id, true, until);
    installation.catalog.audit("pin", id.str(), why);
    std::vector<std::string> untold;
    const RecoveryPoint point = listed(installation, id);
    for (const StoreName& store : point.copies) {
        try {
            installation.repositories.of(store).set_pin(point.database, id, point.pin());
        } catch (const Error& error) {
            untold.push_back(fmt::format("{}: {}", store.str(), error.message));
        }
    }
    return untold;
}

void unpin_point(const Installation& installation, const PointId& id) {
    const RecoveryPoint point = listed(installation, id);
    for (const StoreName& store : point.copies) {
        within(fmt::format("{} stays pinned: {} cannot be told", id.str(), store.str()),
               [&] { installation.repositories.of(store).set_pin(point.database, id, Pin{}); });
    }
    installation.catalog.set_pinned(id, false, std::nullopt);
    installation.catalog.audit("unpin", id.str(), "");
}

void tell_of_pin(const Installation& installation, const DatabaseName& database, const PointId& id, Repository& there) {
    const auto known = installation.catalog.point(id);
    if (known && known->pin() != there.point(database, id).point.pin()) there.set_pin(database, id, known->pin());
}

}  // namespace holdfast
