// What the record shows of runs and points: functions of the table in checks.hpp.
#pragma once

#include "engine/compliance/check_context.hpp"

namespace holdfast {

void judge_rpo_now(CheckContext& context);
void judge_gap(CheckContext& context);
void judge_keep_actual(CheckContext& context);
void judge_verify_age(CheckContext& context);
void judge_verify_errors(CheckContext& context);
void judge_checksum(CheckContext& context);
void judge_provenance(CheckContext& context);
void judge_size_anomaly(CheckContext& context);
void judge_duration_anomaly(CheckContext& context);

}  // namespace holdfast
