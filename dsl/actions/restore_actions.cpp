#include <algorithm>

#include "dsl/actions/copies.hpp"
#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/open_state.hpp"
#include "engine/recovery/restore.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kPointsTriedMax = 50;

ActionResult restore_beside(const ActionContext& context, const ValueMap& arguments) {
    return restore_copy(context, target_of(context.installation, argument(arguments, "point")));
}

// Newest first, those before `before`: the end of the log where it reaches farther than any point, then the points; damaged ones
// are passed over.
std::vector<RecoveryTarget> candidates(const Installation& installation, const DatabaseName& database, const std::optional<Before>& before) {
    std::vector<RecoveryTarget> states;
    try {
        states.push_back(find_target(installation, database, before));
        if (!states.front().log) states.clear();
    } catch (const Error& error) {
        // No point there that is not known to be damaged: the walk says so with what it passed over.
        if (error.code != ErrorCode::CannotRecover) throw;
    }
    for (const RecoveryPoint& point : installation.catalog.points(database)) {
        const bool restorable = point.kind == BackupKind::Full || point.kind == BackupKind::Incremental;
        if (restorable && point.soundness != Soundness::Damaged && (!before || point.instant < before->at)) states.push_back(target_of_point(point));
    }
    return states;
}

std::string name_of_state(const RecoveryTarget& state) {
    return state.log ? fmt::format("{} with the log up to {}", state.point.id.str(), to_text(*state.log)) : state.point.id.str();
}

std::string why_not(const IntegrityReport& report) {
    return fmt::format("{}: {} {}", counted(report.problem_count, "problem"), report.problems.empty() ? "" : report.problems.front().where,
                       report.problems.empty() ? "" : report.problems.front().what);
}

ActionResult restore_newest_sound(const ActionContext& context, const ValueMap& arguments) {
    const Installation& installation = context.installation;
    const DatabaseSpec& spec = database_spec_of(installation, argument(arguments, "of"));
    std::vector<std::string> passed_over;
    for (const RecoveryTarget& state : candidates(installation, spec.name, before_of(argument(arguments, "before")))) {
        throw_if_cancelled(context.cancel);
        if (passed_over.size() >= kPointsTriedMax) break;
        try {
            ActionResult result = restore_copy(context, state);
            const Place copy = place_of(installation, result.value);
            const IntegrityReport report =
                installation.providers.of(copy.engine).check_integrity(copy, {installation.clock, context.progress, context.cancel});
            if (report.sound()) {
                if (!passed_over.empty()) result.sentence += fmt::format("; passed over {}", join(passed_over, "; "));
                return result;
            }
            passed_over.push_back(fmt::format("{} ({})", name_of_state(state), why_not(report)));
            drop_the_copy(context, copy);
        } catch (const Error& error) {
            // Bytes that are gone make this point unsound; anything else is no statement about it.
            if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Missing && error.code != ErrorCode::NotADatabase) throw;
            passed_over.push_back(fmt::format("{} ({})", name_of_state(state), error.message));
        }
    }
    throw Error(ErrorCode::CannotRecover, fmt::format("no point of {} proved sound{}{}", spec.name.str(), passed_over.empty() ? "" : ": ",
                                                      printable(join(passed_over, "; "), 600)),
                "Look at `runbook catalog list` and at the other stores.");
}

// Nothing may stand at the location before the first attempt. A mark in the run's folder, made durable before, tells what an
// interrupted attempt left there from somebody else's file.
ActionResult restore_to(const ActionContext& context, const ValueMap& arguments) {
    const RecoveryTarget target = target_of(context.installation, argument(arguments, "point"));
    Provider& provider = context.installation.providers.of(target.point.engine);
    const CopyLocation where = provider.read_location(argument(arguments, "location").text_or(""));
    const std::string location = fs::absolute(where.path).lexically_normal().string();
    require_scratch(context, location);
    const fs::path mark = context.folder / fmt::format("restore-{}.begun", context.step);
    const bool ours = fs::exists(mark) && read_text_file(mark, 1 << 16) == location;
    if (!ours && fs::exists(location)) {
        throw Error(ErrorCode::AlreadyExists, fmt::format("{} is there already", location), "Choose a place where nothing stands yet.");
    }
    if (ours) provider.close_copies(location);
    if (where.port) provider.require_free_port(*where.port);
    if (!ours) write_file_durably(mark, as_bytes(location));
    // Where the policy says that the database lives there is nothing live as long as nothing stands there.
    const RestoreRequest request{.point = target.point, .to = location, .delta = ours && fs::exists(location), .store = std::nullopt, .log = target.log,
                                 .over_live = true};
    ActionResult result = restored(target, restore_point(context.installation, request, context.progress, context.cancel));
    const Place copy = place_of(context.installation, result.value);
    const std::string opened = open_the_copy(context, copy, {.port = where.port});
    if (where.port) result.sentence += "; " + opened;
    else if (!opened.empty()) {
        result.sentence += fmt::format("; {}; when the run has ended, stop that server and start the cluster with settings of its own: {}", opened, join(provider.what_next(copy), "; "));
    }
    return result;
}

ActionResult drop_copy(const ActionContext& context, const ValueMap& arguments) {
    const Place copy = place_of(context.installation, argument(arguments, "copy"));
    const bool there = fs::exists(copy.location);
    drop_the_copy(context, copy);
    std::error_code not_empty;   // Other steps' copies may stand there.
    fs::remove(copy_folder(context.installation, context.run), not_empty);
    return {{}, fmt::format("{} {}", copy.location, there ? "is removed" : "was gone already"), 0, 0,
            there ? fmt::format("dropped the copy {}", copy.location) : ""};
}

}  // namespace

void add_restore_actions(ActionTable& table) {
    table.add({"restore.beside", restore_beside, nullptr});
    table.add({"restore.newest_sound", restore_newest_sound, nullptr});
    table.add({"restore.to", restore_to, nullptr});
    table.add({"drop.copy", drop_copy, nullptr});
}

}  // namespace holdfast
