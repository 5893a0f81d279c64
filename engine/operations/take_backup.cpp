#include "engine/operations/take_backup.hpp"

#include <algorithm>

namespace holdfast {

BackupDone take_backup(const Workplace& workplace, const BackupNow& request, Progress& progress, const CancelToken& cancel) {
    workplace.installation().database(request.database);   // A name that is not there is said before anything is opened.
    return back_up_now(workplace.installation(), request, progress, cancel);
}

std::optional<BackupKind> kind_after_exec(const Installation& installation, const DatabaseName& database) {
    const BackupPolicy& policy = installation.policy_of(installation.database(database));
    for (const BackupKind kind : {BackupKind::Full, BackupKind::Incremental}) {
        const auto rule = std::ranges::find(policy.backups, kind, &BackupRule::kind);
        if (rule != policy.backups.end() && rule->after_exec) return kind;
    }
    return std::nullopt;
}

}  // namespace holdfast
