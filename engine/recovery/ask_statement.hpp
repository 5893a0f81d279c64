// Asks one state whether a statement is true in it.
#pragma once

#include "engine/provider/query.hpp"
#include "engine/recovery/last_good.hpp"

namespace holdfast {

// Fills `answer` and `said`. A table that the state does not have and a statement that fails on its rows are not true. Throws what is wrong with the
// state, or with the statement itself.
void ask_state(SqlReader& state, const std::string& sql, StateAnswer& answer);

}  // namespace holdfast
