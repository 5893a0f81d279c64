#include "engine/job/backup.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/job/copy_points.hpp"
#include "engine/job/take_backup.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

std::optional<Instant> end_of_keep(const Installation& installation, const std::optional<Period>& keep) {
    if (!keep) return std::nullopt;
    return after_by(installation.clock.now(), *keep, TimeZone::find(installation.policy.timezone).value_or(TimeZone::utc()));
}

void copy_to_other_stores(const Installation& installation, BackupDone& done, Progress& progress, CancelToken cancel) {
    for (const CopyJob& copy : missing_copies_of(installation, done.point)) {
        try {
            make_copy(installation, copy, progress, cancel);
        } catch (const Error& error) {
            done.notes.push_back(fmt::format("there is no copy in {} yet: {}; the next `runbook tick` tries again", copy.to.str(), error.message));
            if (error.code == ErrorCode::Cancelled) return;
        }
    }
}

}  // namespace

BackupDone back_up_now(const Installation& installation, const BackupNow& request, Progress& progress, CancelToken cancel) {
    const DatabaseSpec& spec = installation.database(request.database);
    return within("back up " + spec.name.str(), [&] {
        const DatabaseLock lock = DatabaseLock::take(installation, spec.name, "a backup");
        const BackupTask task{.database = spec,
                              .kind = request.kind,
                              .slot = std::nullopt,
                              .keep_until = end_of_keep(installation, request.keep),
                              .why = request.why,
                              .place = request.place,
                              .key = request.idempotency_key};
        BackupDone done = take_backup(installation, task, lock, progress, cancel);
        copy_to_other_stores(installation, done, progress, cancel);
        done.point = installation.catalog.point(done.point.id).value_or(done.point);
        return done;
    });
}

}  // namespace holdfast
