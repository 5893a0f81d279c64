// The dry run of a runbook.
#pragma once

#include "dsl/load/runbook.hpp"
#include "dsl/prelude/surface.hpp"
#include "dsl/run/rehearsal.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

Rehearsal rehearse_runbook(const Installation& installation, const Surface& surface, const Runbook& runbook, const Value& parameters);

}  // namespace holdfast
