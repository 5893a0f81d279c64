// A state of a database whose engine is asked through a server: restored to a room of its own, with a server over it, both gone with the object.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/model/log.hpp"
#include "engine/recovery/asking_room.hpp"

namespace holdfast {

class RestoredState {
public:
    RestoredState(const Installation& installation, const RecoveryTarget& target, const StoreName& store, Progress& progress, const CancelToken& cancel);
    SqlReader& sql() { return *sql_; }
    std::uint64_t fetched_bytes() const { return fetched_bytes_; }

private:
    AskingRoom room_;
    std::uint64_t fetched_bytes_ = 0;
    std::unique_ptr<SqlReader> sql_;
};

}  // namespace holdfast
