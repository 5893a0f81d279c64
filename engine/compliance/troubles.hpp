// What is wrong now that somebody should be told of (`notify:` of the policy). Pure: the same evidence gives the same troubles.
#pragma once

#include "engine/compliance/evidence.hpp"
#include "engine/notices/decide.hpp"

namespace holdfast {

// The newest finished run of one kind of one database, where it did not make what it should.
struct FailedRun {
    DatabaseName database;
    BackupKind kind = BackupKind::Full;
    Instant slot, finished;
    bool missed = false;          // It was never begun.
    std::string error;
};
struct WaitingRun {
    std::string run, runbook, database;
    std::string waits_for;        // The step.
    Instant started;
};
struct TroubleFacts {
    Evidence evidence;            // Recent (engine/operations/gather_evidence.hpp).
    std::vector<FailedRun> failed;
    std::vector<WaitingRun> waiting;
};

// A database's RPO is at risk from the moment at which even the next run, if it ends as late as it may, would end after the
// newest recoverable moment is older than the RPO; a log that is followed, when it lags by half of it. So where the proof of the RPO
// holds and runs succeed, nobody is told anything, and where one fails, it is known before the promise is broken.
TroublesNow troubles_in(const Policy& policy, const TroubleFacts& facts);

}  // namespace holdfast
