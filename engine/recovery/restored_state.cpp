#include "engine/recovery/restored_state.hpp"

#include "engine/base/fault_point.hpp"
#include "engine/recovery/restore.hpp"

namespace holdfast {

RestoredState::RestoredState(const Installation& installation, const RecoveryTarget& target, const StoreName& store, Progress& progress, const CancelToken& cancel)
    : room_(installation, target.point.engine) {
    const WorkContext work{.clock = installation.clock, .progress = progress, .cancel = cancel};
    const RestoreRequest request{.point = target.point, .to = (room_.folder() / target.point.database.str()).string(), .store = store, .log = target.log};
    const RestoreResult restored = restore_point(installation, request, progress, cancel);
    fetched_bytes_ = restored.fetched_bytes;
    Place copy = restored.copy;
    copy.is_copy = true;
    Provider& provider = installation.providers.of(target.point.engine);
    const DatabaseSpec* spec = installation.policy.database(target.point.database);
    provider.open_copy({.copy = copy, .live = spec == nullptr ? Place{} : live_place_of(*spec), .room = installation.state}, work);
    fault_point("recovery.ask.opened");
    sql_ = provider.ask_copy(copy, work);
}

}  // namespace holdfast
