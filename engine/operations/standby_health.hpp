// Whether a standby could take its primary's place, before it has to.
#pragma once

#include "engine/operations/doctor.hpp"
#include "engine/provider/standby.hpp"

namespace holdfast {

// One line: how far it is, or the first thing that would stand in the way of `runbook run failover`, with what to do. Pure.
Diagnosis judge_standby(const DatabaseSpec& database, const StandbyState& state);

}  // namespace holdfast
