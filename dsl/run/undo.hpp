// Takes back what a run did: last step first, from the record alone.
#pragma once

#include "dsl/run/session.hpp"

namespace holdfast {

// Stops at the first failure; can be run again. Throws Error{InDoubt} where a step has to be resolved before.
RunbookOutcome undo_steps(Session& session);

}  // namespace holdfast
