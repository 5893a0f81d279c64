#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_moment.hpp"
#include "engine/operations/find_moment.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

LastGoodRequest asked_for(Console& console, const Arguments& arguments) {
    if (!arguments.has("--last-good")) {
        throw Error(ErrorCode::Usage, "runbook find needs --last-good SQL",
                    "Give a statement that is true while all is well: --last-good \"select count(*) > 0 from orders\"");
    }
    LastGoodRequest asked;
    asked.database = DatabaseName(arguments.text("DATABASE"));
    asked.sql = arguments.text("--last-good");
    if (const auto text = arguments.maybe("--since")) asked.since = console.read_instant(*text);
    if (const auto text = arguments.maybe("--until")) asked.until = console.read_instant(*text);
    return asked;
}

int find_command(Console& console, const Arguments& arguments) {
    const LastGoodRequest asked = asked_for(console, arguments);
    const MomentFound moment = find_moment(console.workplace(), asked, [&](const StateAnswer& answer) {
        if (console.is_text() && !console.quiet()) console.around().out << answer_line(answer, console) << std::flush;
    }, console.progress(), console.cancel());
    console.finish_progress();
    console.answer([&] { return to_json(moment); }, [&] { return moment_text(moment, console); });
    return moment.exit_status();
}

}  // namespace

std::vector<Command> find_commands() {
    return {
        {.path = "find",
         .summary = "find the last moment at which a statement was true",
         .description = "Asks recovery points where they are, without restoring any (of PostgreSQL through private copies, the last of which is walked forward commit by commit), then the transactions of the log between two of them, "
                        "and halves the span until it knows between which two states the answer changed. A statement is true where its "
                        "first value is neither NULL, 0 nor empty; where a table is not there it is not true. One change is assumed; more are told where they are seen. Exit status 4: true nowhere.",
         .positionals = {{.name = "DATABASE", .help = "the database's name in the policy", .completes = Completes::Database}},
         .options = {{.name = "--last-good", .value = "SQL", .help = "a statement that is true while all is well"},
                     {.name = "--since", .value = "TIME", .help = "only states from this moment on"},
                     {.name = "--until", .value = "TIME", .help = "only states strictly before this moment"}},
         .examples = {"runbook find orders --last-good \"select count(*) > 0 from orders where day = '2026-11-20'\""},
         .run = find_command},
    };
}

}  // namespace holdfast
