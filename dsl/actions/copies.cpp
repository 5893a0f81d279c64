#include "dsl/actions/copies.hpp"

#include <algorithm>

#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// Always the same place, so that a run taken up again finds what it left there.
fs::path copy_path(const ActionContext& context, const DatabaseName& database) {
    return copy_folder(context.installation, context.run) / fmt::format("{}-{}.db", context.step, database.str());
}

// Where a server's user may be let through: our state folder. A drill has one in the real one: drills/<id>/state.
fs::path room_of(const Installation& installation) {
    const fs::path state = fs::weakly_canonical(installation.state);
    return installation.is_drill ? state.parent_path().parent_path().parent_path() : state;
}

}  // namespace

void drop_the_copy(const ActionContext& context, const Place& copy) { context.installation.providers.of(copy.engine).drop_copy(copy); }

std::string open_the_copy(const ActionContext& context, const Place& copy, const CopyUse& use) {
    const Installation& installation = context.installation;
    const CopyOpening opening{.copy = copy, .live = live_place_of(installation.database(copy.database)), .room = room_of(installation), .writable = use.writable, .port = use.port};
    return installation.providers.of(copy.engine).open_copy(opening, {installation.clock, context.progress, context.cancel});
}

ActionResult restored(const RecoveryTarget& target, const RestoreResult& result) {
    Place copy = result.copy;
    copy.is_copy = true;
    return {copy_value(copy, target, result.bytes),
            fmt::format("{} restored to {} from {}", format_bytes(result.bytes), copy.location, result.store.str()), result.bytes, 0,
            fmt::format("restored point {}{} to {}", target.point.id.str(), target.log ? " and the log up to " + to_text(*target.log) : "", copy.location)};
}

ActionResult restore_copy(const ActionContext& context, const RecoveryTarget& target, bool writable) {
    const RecoveryPoint& point = target.point;
    const fs::path to = copy_path(context, point.database);
    drop_the_copy(context, {point.database, point.engine, to.string(), true});
    const RestoreRequest request{.point = point, .to = to.string(), .delta = false, .store = std::nullopt, .log = target.log, .over_live = false};
    ActionResult result = restored(target, restore_point(context.installation, request, context.progress, context.cancel));
    const std::string opened = open_the_copy(context, {point.database, point.engine, to.string(), true}, {.writable = writable});
    if (!opened.empty()) result.sentence += "; " + opened;
    return result;
}

void require_scratch(const ActionContext& context, const fs::path& place) {
    if (!context.installation.is_drill) return;
    const fs::path scratch = fs::weakly_canonical(context.installation.state.parent_path());
    const fs::path asked = fs::weakly_canonical(fs::absolute(place));
    const auto [end, ignored] = std::ranges::mismatch(scratch, asked);
    if (end == scratch.end()) return;
    throw Error(ErrorCode::NotPermitted, fmt::format("{} cannot be redirected: a drill writes nothing outside {}", printable(asked.string(), 200), scratch.string()),
                "Leave the location out: a drill chooses one.");
}

void require_sound(const ActionContext& context, const Place& copy) {
    const IntegrityReport report = context.installation.providers.of(copy.engine)
                                       .check_integrity(copy, {context.installation.clock, context.progress, context.cancel});
    if (report.sound()) return;
    const IntegrityProblem& first = report.problems.front();
    throw Error(ErrorCode::Corrupt, fmt::format("{} is not sound: {}: {}: {}", copy.location, counted(report.problem_count, "problem"), first.where,
                                                printable(first.what, 200)));
}

}  // namespace holdfast
