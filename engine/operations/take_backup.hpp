// `backup now`: one backup by hand, outside any schedule.
#pragma once

#include "engine/job/backup.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

BackupDone take_backup(const Workplace& workplace, const BackupNow& request, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
