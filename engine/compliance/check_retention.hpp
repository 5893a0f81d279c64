// What is kept by the policy: functions of the table in checks.hpp.
#pragma once

#include "engine/compliance/check_context.hpp"

namespace holdfast {

void judge_keep_floor(CheckContext& context);
void judge_keep_ceiling(CheckContext& context);
void judge_tier_reachable(CheckContext& context);
void judge_log_span(CheckContext& context);

}  // namespace holdfast
