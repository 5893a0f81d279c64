#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_point.hpp"
#include "engine/operations/restore_database.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

RestoreAsked asked_for(Console& console, const Arguments& arguments) {
    if (arguments.has("--point") && arguments.has("--before")) {
        throw Error(ErrorCode::Usage, "--point and --before do not go together", "Leave one out.");
    }
    if (!arguments.has("--to")) {
        throw Error(ErrorCode::Usage, "runbook restore needs --to PATH",
                    "Restore beside the live database first, look at it, then decide.");
    }
    RestoreAsked asked;
    asked.database = DatabaseName(arguments.text("DATABASE"));
    asked.point = arguments.maybe("--point");
    if (const auto text = arguments.maybe("--before")) asked.before = read_before(console, asked.database, *text);
    asked.to = (console.around().here / arguments.text("--to")).lexically_normal();
    asked.delta = arguments.has("--delta");
    return asked;
}

void confirm_overwriting(Console& console, const RestorePlan& plan, bool yes) {
    if (!plan.over_existing) return;
    console.around().err << target_line(plan.target, console) << "\nwould be written over " << plan.to.string() << "\n";
    console.confirm("Write over it?", yes);
}

int restore_command(Console& console, const Arguments& arguments) {
    const RestoreAsked asked = asked_for(console, arguments);
    const RestorePlan plan = plan_restore(console.workplace(), asked);
    confirm_overwriting(console, plan, arguments.has("--yes"));
    const RestoreResult result = restore_database(console.workplace(), asked, plan, console.progress(), console.cancel());
    console.finish_progress();
    console.answer([&] { return to_json(result); }, [&] {
        return fmt::format("{} {}\n  restored to {}: {}, {} written, from store {} in {}\n", console.style().good("done:"),
                           target_line(plan.target, console), result.copy.location, format_bytes(result.bytes),
                           format_bytes(result.written_bytes), result.store.str(), for_people(result.took));
    });
    return 0;
}

}  // namespace

std::vector<Command> restore_commands() {
    return {
        {.path = "restore",
         .summary = "restore one state of a database to a place of its own",
         .description = "Without --point and --before the newest state is taken: a point, and the log after it. Refuses a target that is in use. With --delta a file "
                        "that stands there is turned into the recovery point by writing only what differs.",
         .positionals = {{.name = "DATABASE", .help = "the database's name in the policy", .completes = Completes::Database}},
         .options = {{.name = "--before", .value = "TIME", .help = "everything strictly before this moment (\"2026-11-20 14:05\", \"20m ago\") or this transaction (01k8zt3m4f:1842)"},
                     {.name = "--point", .value = "ID", .help = "this recovery point", .completes = Completes::Point},
                     {.name = "--to", .value = "PATH", .help = "where it goes", .completes = Completes::File},
                     {.name = "--delta", .help = "something is there already: write only what differs"},
                     kYesOption},
         .examples = {"runbook restore orders --before \"20m ago\" --to /tmp/orders.db"},
         .run = restore_command},
    };
}

}  // namespace holdfast
