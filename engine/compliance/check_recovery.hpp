// Runbooks and drills: functions of the table in checks.hpp.
#pragma once

#include "engine/compliance/check_context.hpp"

namespace holdfast {

void judge_book_exists(CheckContext& context);
void judge_book_tested(CheckContext& context);
void judge_drill_planned(CheckContext& context);
void judge_drill_age(CheckContext& context);
void judge_rto_measured(CheckContext& context);

}  // namespace holdfast
