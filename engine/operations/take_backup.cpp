#include "engine/operations/take_backup.hpp"

namespace holdfast {

BackupDone take_backup(const Workplace& workplace, const BackupNow& request, Progress& progress, const CancelToken& cancel) {
    workplace.installation().database(request.database);   // A name that is not there is said before anything is opened.
    return back_up_now(workplace.installation(), request, progress, cancel);
}

}  // namespace holdfast
