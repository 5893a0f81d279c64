#include "dsl/actions/commands.hpp"
#include "dsl/actions/copies.hpp"
#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/job/database_lock.hpp"

namespace holdfast {
namespace {

std::string record_name(int step, const DatabaseName& database) { return fmt::format("swap-{}-{}", step, database.str()); }

// A server's data directory is not known from the policy.
std::string name_of_live(const DatabaseSpec& spec) { return spec.path.empty() ? spec.name.str() : spec.path; }

WorkContext work_of(const ActionContext& context) { return {context.installation.clock, context.progress, context.cancel}; }

SwapRequest request_of(const ActionContext& context, const DatabaseSpec& spec, const Place& copy) {
    return {.copy = copy,
            .live = live_place_of(spec),
            .record = context.folder / record_name(context.step, spec.name),
            .tag = fmt::format("{}-{}", context.run.substr(0, 10), context.step)};
}

ActionResult swapped(const DatabaseSpec& spec, const SwapResult& result) {
    std::string sentence = fmt::format("the copy is {} now", name_of_live(spec));
    if (!result.old_files.empty()) sentence += fmt::format("; the old files are kept as {}", result.old_files);
    return {{}, sentence, 0, 0, fmt::format("replaced {}: {}", spec.name.str(), sentence)};
}

ActionResult swap(const ActionContext& context, const ValueMap& arguments) {
    const Installation& installation = context.installation;
    const DatabaseSpec& spec = database_spec_of(installation, argument(arguments, "into"));
    const Place copy = place_of(installation, argument(arguments, "from"));
    if (copy.database != spec.name) {
        throw Error(ErrorCode::BadRunbook, fmt::format("a copy of {} cannot take the place of {}", copy.database.str(), spec.name.str()));
    }
    const DatabaseLock lock = DatabaseLock::take(installation, spec.name, "a swap");
    return swapped(spec, installation.providers.of(spec.engine).swap_in(request_of(context, spec, copy), work_of(context)));
}

Action::Probe was_swapped(const ActionContext& context, const ValueMap& arguments) {
    const Installation& installation = context.installation;
    const DatabaseSpec& spec = database_spec_of(installation, argument(arguments, "into"));
    const DatabaseLock lock = DatabaseLock::take(installation, spec.name, "a swap");
    const auto happened = installation.providers.of(spec.engine).settle_swap(context.folder / record_name(context.step, spec.name), live_place_of(spec), work_of(context));
    Action::Probe probe{happened, {}};
    if (happened == true) {
        probe.result = {{}, fmt::format("the copy is {} now: put there before the interruption", name_of_live(spec)), 0, 0, fmt::format("replaced {}", spec.name.str())};
    }
    return probe;
}

// The record of the swap that is taken back: this step's own as an undo, else the last one before it.
fs::path record_to_take_back(const ActionContext& context, const DatabaseName& database) {
    for (int step = context.step; step > 0; --step) {
        const fs::path record = context.folder / record_name(step, database);
        if (fs::exists(record)) return record;
    }
    throw Error(ErrorCode::Missing, fmt::format("this run has replaced nothing of {}", database.str()), "There is nothing to put back.");
}

ActionResult swap_back(const ActionContext& context, const ValueMap& arguments) {
    const Installation& installation = context.installation;
    const DatabaseSpec& spec = database_spec_of(installation, argument(arguments, "into"));
    const fs::path record = record_to_take_back(context, spec.name);
    const DatabaseLock lock = DatabaseLock::take(installation, spec.name, "a swap");
    make_unused(context, spec);
    SwapResult result;
    with_application_stopped(context, spec, [&] { result = installation.providers.of(spec.engine).swap_back(record, live_place_of(spec), work_of(context)); });
    std::string sentence = fmt::format("{} has its old files again; what was in their place is kept as {}", spec.name.str(), result.old_files);
    return {{}, sentence, 0, 0, sentence};
}

// As an undo it may be asked for twice, and after the step it undoes was interrupted anywhere.
ActionResult replace(const ActionContext& context, const ValueMap& arguments) {
    const Installation& installation = context.installation;
    const DatabaseSpec& spec = database_spec_of(installation, argument(arguments, "into"));
    const RecoveryTarget target = target_of(installation, argument(arguments, "point"));
    Provider& provider = installation.providers.of(spec.engine);
    const fs::path record = context.folder / record_name(context.step, spec.name);
    {
        const DatabaseLock lock = DatabaseLock::take(installation, spec.name, "a swap");
        if (provider.settle_swap(record, live_place_of(spec), work_of(context)) == true) return swapped(spec, {});
    }
    const Place copy = place_of(installation, restore_copy(context, target).value);
    require_sound(context, copy);
    const DatabaseLock lock = DatabaseLock::take(installation, spec.name, "a swap");
    make_unused(context, spec);
    SwapResult result;
    with_application_stopped(context, spec, [&] { result = provider.swap_in(request_of(context, spec, copy), work_of(context)); });
    return swapped(spec, result);
}

}  // namespace

void add_swap_actions(ActionTable& table) {
    table.add({"restore.swap", swap, was_swapped});
    table.add({"restore.swap_back", swap_back, nullptr});
    table.add({"restore.replace", replace, nullptr});
}

}  // namespace holdfast
