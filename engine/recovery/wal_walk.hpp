// Walks one restored copy of a recovery point through the log behind it, commit by commit, and asks it where it stands. Only forward: who wants to
// go back begins again.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/recovery/asking_room.hpp"
#include "engine/recovery/wal_log.hpp"

namespace holdfast {

class WalWalk {
public:
    // Stands where the point is whole. `log` must outlive it.
    WalWalk(const Installation& installation, const WalLog& log, const WalStart& start, Progress& progress, const CancelToken& cancel);

    // Everything whose record ends in front of `end` or at it is in the state, and nothing else. Requires: not behind where it stands.
    void go_to(Lsn end);
    SqlReader& sql() { return server_->sql(); }

private:
    void prepare_folder();
    void give(Lsn until);
    void write_part(const WalSegment& segment, Lsn until);

    const WalLog& log_;
    const WalStart& start_;
    AskingRoom room_;
    fs::path folder_;                     // Of the copy's log.
    Lsn given_;                           // So much of the log stands there.
    std::optional<WalSegment> segment_;   // The last one, whole in memory.
    Bytes bytes_;
    std::unique_ptr<WalStepping> server_;
};

}  // namespace holdfast
