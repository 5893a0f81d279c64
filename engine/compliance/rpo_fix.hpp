// The smallest change of one value that makes a proof hold. Every change that is offered has been tried.
#pragma once

#include "engine/compliance/rpo.hpp"

namespace holdfast {

struct RpoCase {
    const Policy& policy;
    const DatabaseSpec& database;
    const EnvironmentSpec& environment;
    Disaster disaster;
    int missed;
};

// One proof, with `backups` in the place of the database's own policy; without the smallest change.
RpoProof prove_one(const RpoCase& asked, const BackupPolicy& backups, SlotLists& slots);

// A sentence. Smallest: least in relation to the value that is there, and rather a limit than another kind of schedule. Loosening the promise is offered only where no single
// other change helps. Requires: `proof` is of this case, bounded, and does not hold.
std::string smallest_fix(const RpoCase& asked, const BackupPolicy& backups, const RpoProof& proof, SlotLists& slots);

}  // namespace holdfast
