// `backup now`: one backup by hand, outside any schedule.
#pragma once

#include "engine/job/backup.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

BackupDone take_backup(const Workplace& workplace, const BackupNow& request, Progress& progress, const CancelToken& cancel);

// What the policy wants when a command that was followed has ended (after_exec); a full where it names both.
std::optional<BackupKind> kind_after_exec(const Installation& installation, const DatabaseName& database);

}  // namespace holdfast
