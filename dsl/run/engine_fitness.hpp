// Whether what a runbook does can be done with the engine of its databases; said before the first step, not in the middle.
#pragma once

#include "dsl/load/runbook.hpp"
#include "dsl/prelude/surface.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// Throws Error{Unavailable} that names the step. A body that a dry run cannot walk is left to the run itself.
void refuse_unfit_engine(const Installation& installation, const Surface& surface, const Runbook& runbook, const Value& parameters);

}  // namespace holdfast
