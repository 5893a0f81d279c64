// When runs come, and whether there is room for them: functions of the table in checks.hpp.
#pragma once

#include "engine/compliance/check_context.hpp"

namespace holdfast {

void judge_sched_dst(CheckContext& context);
void judge_sched_overlap(CheckContext& context);
void judge_sched_load(CheckContext& context);

}  // namespace holdfast
