#include "engine/base/error.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/show_drills.hpp"
#include "engine/cli/show_run.hpp"
#include "engine/operations/drill.hpp"
#include "engine/operations/plan_ahead.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int history_command(Console& console, const Arguments& arguments) {
    const auto database = database_option(arguments);
    if (database) require_database(console.policy(), *database);
    const std::vector<DrillRecord> drills = console.workplace().catalog().drills(database);
    console.answer([&] { return to_json(drills); }, [&] { return drill_history_text(drills, console); });
    return 0;
}

int drill_command(Console& console, const Arguments& arguments) {
    if (arguments.text("NAME") == "history") return history_command(console, arguments);
    DrillAsked asked{.name = arguments.text("NAME")};
    asked.database = database_option(arguments);
    asked.point = arguments.maybe("--point");
    asked.arguments = arguments.more;
    const std::vector<DrillRecord> drills = run_drills(console.workplace(), asked, run_hooks(console, true));
    console.finish_progress();
    console.answer([&] { return to_json(drills); }, [&] { return drills_text(drills, console); });
    return all_passed(drills) ? 0 : exit_status_of(ErrorCode::Findings);
}

}  // namespace

std::vector<Command> drill_commands() {
    return {
        {.path = "drill",
         .summary = "run a runbook for real against scratch, for evidence",
         .description = "NAME is a drill of the policy or a runbook; `runbook drill history` lists those that were run. The runbook runs with everything that it writes redirected to a scratch folder: "
                        "a scratch database, a scratch catalog, a store of its own. What an accidental deletion or a corruption needs to be repaired is staged there first. Commands for "
                        "applications are left out; what would write anywhere else fails the drill. Then integrity, the row counts that were recorded with the backup, the policy's own SQL "
                        "probe and the time are checked. A scratch copy that passed is dropped, one that failed is kept for a week. `tick` runs the policy's drills when they are due. "
                        "What follows are the runbook's own parameters. Exit status: 0 passed, 1 failed.",
         .positionals = {{.name = "NAME", .help = "a drill of the policy, a runbook, or history", .completes = Completes::Book}},
         .options = {kDatabaseOption, {.name = "--point", .value = "WHICH", .help = "random:30d: any of the last 30 days; or a point's id; otherwise as the policy's drill says, or the newest"}},
         .examples = {"runbook drill total-failure --database orders --point random:30d", "runbook drill weekly", "runbook drill history --database orders"},
         .takes_more = true,
         .attests = Attests::Record,
         .run = drill_command},
    };
}

}  // namespace holdfast
