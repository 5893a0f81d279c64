// The engine of a run: the body from the top, recorded results given back, the rest performed.
#pragma once

#include "dsl/run/session.hpp"

namespace holdfast {

// Returns when the run is done, waits, fails or is in doubt. What it throws is a failure to record: nothing more is done then.
RunbookOutcome replay_run(Session& session);

}  // namespace holdfast
