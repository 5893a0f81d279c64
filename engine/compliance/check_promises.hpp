// Who is covered, and what is promised to them: functions of the table in checks.hpp.
#pragma once

#include "engine/compliance/check_context.hpp"

namespace holdfast {

void judge_cover(CheckContext& context);
void judge_owner(CheckContext& context);
void judge_rpo_proof(CheckContext& context);
void judge_rpo_tolerance(CheckContext& context);
void judge_rto_proof(CheckContext& context);

}  // namespace holdfast
