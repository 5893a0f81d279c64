// A server over a copy that replays what is given to it and takes statements between: a hot standby of nobody.
//
// It reads its log from pg_wal alone, and looks again every few milliseconds whether more of it has come (the manual's "Standby Server
// Operation": it polls that folder where neither a primary nor a restore_command is named). So whoever writes the log there decides how far it
// gets, to the record, and it never has to be started again to go further.
#pragma once

#include "engine/provider/wal.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"

namespace holdfast {

// Requires: what makes the copy consistent is in its log folder. The server ends with the object.
std::unique_ptr<WalStepping> start_stepping(const InstanceOrder& order, const WorkContext& work);

}  // namespace holdfast
