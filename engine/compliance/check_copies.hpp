// Where copies are, and who could destroy them: functions of the table in checks.hpp.
#pragma once

#include "engine/compliance/check_context.hpp"

namespace holdfast {

void judge_copy_count(CheckContext& context);
void judge_copy_sites(CheckContext& context);
void judge_copy_kinds(CheckContext& context);
void judge_locked(CheckContext& context);
void judge_isolated(CheckContext& context);
void judge_encrypted(CheckContext& context);
void judge_key_escrow(CheckContext& context);
void judge_key_age(CheckContext& context);
void judge_delete_guard(CheckContext& context);

}  // namespace holdfast
