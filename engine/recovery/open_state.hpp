// Opens one state of a database for reading, where it is: in the repository. Nothing is restored, but where only a server can be asked: then the
// state is restored to a private room for as long as it is open.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/model/log.hpp"
#include "engine/recovery/installation.hpp"
#include "engine/recovery/restored_state.hpp"
#include "engine/repository/image_reader.hpp"

namespace holdfast {

// One state, read from one store. One thread at a time.
class OpenedState {
public:
    // From `store`, which has the point (and the log).
    OpenedState(const Installation& installation, const RecoveryTarget& target, const StoreName& store, Progress& progress, CancelToken cancel);
    ~OpenedState();

    const RecoveryTarget& target() const { return target_; }
    const StoreName& store() const { return store_; }
    StateFiles& files();
    // Opened with the first call. Errors name the state and the store.
    SqlReader& sql();
    std::uint64_t fetched_bytes() const;   // From the store, for statements.

private:
    class Files;

    const Installation installation_;
    RecoveryTarget target_;
    StoreName store_;
    Progress& progress_;
    CancelToken cancel_;
    std::unique_ptr<Files> files_;
    std::unique_ptr<RestoredState> restored_;   // Of an engine whose copies are asked.
    std::unique_ptr<SqlReader> sql_;            // Of the others.
};

// The state of a recovery point alone.
RecoveryTarget target_of_point(const RecoveryPoint& point);

// Opens it in the store that a restore would read from.
std::unique_ptr<OpenedState> open_state(const Installation& installation, const RecoveryTarget& target, Progress& progress, CancelToken cancel);

}  // namespace holdfast
