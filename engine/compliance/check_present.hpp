// What a look at the stores and the machine shows: functions of the table in checks.hpp. They require evidence.live.
#pragma once

#include "engine/compliance/check_context.hpp"

namespace holdfast {

void judge_inventory(CheckContext& context);
void judge_space(CheckContext& context);
void judge_clock(CheckContext& context);
void judge_audit_chain(CheckContext& context);

}  // namespace holdfast
