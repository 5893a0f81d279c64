#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/backup.hpp"
#include "engine/job/pins.hpp"
#include "engine/job/rebuild_catalog.hpp"
#include "engine/recovery/find_target.hpp"

namespace holdfast {
namespace {

constexpr Duration kHeldForRun = std::chrono::hours(14 * 24);

std::string short_id(const PointId& id) { return id.str().substr(0, 10); }

// A run may wait for days, for approvals or to be resumed: what it is going to restore must not expire under it. That a
// store cannot be told is said, and stops nobody who has to restore.
std::string hold_for_run(const ActionContext& context, const RecoveryPoint& point) {
    if (context.installation.is_drill) return {};   // It ends here and now, and leaves the stores as they are.
    const Instant until = context.installation.clock.now() + kHeldForRun;
    if (point.pinned || (point.keep_until && *point.keep_until >= until)) return {};
    const auto untold = pin_point(context.installation, point.id, until, fmt::format("until {} for run {}", to_rfc3339(until), context.run));
    return untold.empty() ? std::string() : fmt::format("; kept for this run by this machine alone: {}", join(untold, "; "));
}

ActionResult find_the_point(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& spec = database_spec_of(context.installation, argument(arguments, "of"));
    const auto before = before_of(argument(arguments, "before"));
    const RecoveryTarget target = find_target(context.installation, spec.name, before);
    const RecoveryPoint& point = target.point;
    std::string note = fmt::format("{} point {} of {}", name_of(point.kind), short_id(point.id), to_rfc3339(point.instant));
    if (target.log) note += fmt::format(" and the log up to {}:{} of {}", target.log->stream.str().substr(0, 10), target.log->transaction, to_rfc3339(target.instant));
    if (before) note += fmt::format(", {} before the moment given", for_people(before->at - target.instant));
    if (!target.note.empty()) note += "; " + target.note;
    if (point.soundness == Soundness::Unchecked) note += "; its bytes were not read back yet";
    note += hold_for_run(context, point);
    return {target_value(target, note), note, 0, 0, ""};
}

constexpr const char* kEvidenceKept = "90d";

ActionResult take(const ActionContext& context, BackupNow request, const ValueMap& arguments) {
    if (const auto* keep = argument(arguments, "keep").as<std::string>()) request.keep = parse_period(*keep);
    request.why = argument(arguments, "why").text_or(fmt::format("run {}", context.run));
    request.reason = JobReason::ByRunbook;
    request.idempotency_key = context.idempotency_key;
    const BackupDone done = back_up_now(context.installation, request, context.progress, context.cancel);
    std::string sentence = fmt::format("{} point {} of {}: {} read, {} stored", name_of(done.point.kind), short_id(done.point.id),
                                       to_rfc3339(done.point.instant), format_bytes(done.point.read_bytes),
                                       format_bytes(done.point.stored_bytes));
    for (const std::string& note : done.notes) sentence += "; " + note;
    // Recorded by the job itself in the audit chain.
    return {point_value(done.point, sentence), sentence, done.point.read_bytes, 0, ""};
}

ActionResult back_up(const ActionContext& context, const ValueMap& arguments) {
    const Place place = place_of(context.installation, argument(arguments, "of"));
    BackupNow request;
    request.database = context.installation.database(place.database).name;
    if (place.is_copy) request.place = place;
    if (const auto* kind = argument(arguments, "kind").as<std::string>()) request.kind = parse_backup_kind(*kind);
    return take(context, std::move(request), arguments);
}

// Files without a pin would go with the next collection of what no rule keeps.
ActionResult keep_raw(const ActionContext& context, const ValueMap& arguments) {
    BackupNow request;
    request.database = database_spec_of(context.installation, argument(arguments, "of")).name;
    request.kind = BackupKind::Raw;
    request.keep = parse_period(kEvidenceKept);
    return take(context, std::move(request), arguments);
}

ActionResult rebuild(const ActionContext& context, const ValueMap&) {
    const RebuildReport report = rebuild_catalog(context.installation, {}, context.progress, context.cancel);
    std::size_t points = 0, added = 0, removed = 0;
    std::string problems;
    for (const auto& store : report.stores) {
        points += store.points;
        added += store.added;
        removed += store.removed;
        if (!store.error.empty()) problems += fmt::format("{}{}: {}", problems.empty() ? "" : "; ", store.store.str(), store.error);
    }
    if (!report.stores.empty() && points == 0 && !problems.empty()) {
        throw Error(ErrorCode::Unavailable, fmt::format("no store could be read: {}", problems), "Check the stores and the key, then resume the run.");
    }
    std::string sentence = fmt::format("{} known, {} added, {} gone", counted(points, "point"), added, removed);
    if (!problems.empty()) sentence += "; not read: " + problems;
    const Record value{"catalog", {{"points", std::uint64_t{points}}, {"added", std::uint64_t{added}}, {"removed", std::uint64_t{removed}}}};
    return {value, sentence, 0, 0, ""};
}

}  // namespace

void add_point_actions(ActionTable& table) {
    table.add({"find.point", find_the_point, nullptr});
    table.add({"backup.now", back_up, nullptr});
    table.add({"backup.raw", keep_raw, nullptr});
    table.add({"catalog.rebuild", rebuild, nullptr});
}

}  // namespace holdfast
