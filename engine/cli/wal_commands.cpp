#include "engine/base/format.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/options.hpp"
#include "engine/operations/archive_wal.hpp"
#include "engine/operations/kept_logs.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

// To a server that recovers, 1 is "the log ends here", and more than 125 "do not go on".
constexpr int kNotThere = 1, kDoNotGoOn = 126;

constexpr Option kWhoseLogOption{.name = "--database", .value = "NAME", .help = "whose log it is; needed where the policy has several PostgreSQL databases", .completes = Completes::Database};

std::optional<DatabaseName> meant(const Arguments& arguments) {
    const auto named = arguments.maybe("--database");
    return named ? std::optional(DatabaseName(*named)) : std::nullopt;
}

int push_command(Console& console, const Arguments& arguments) {
    const fs::path file = console.around().here / arguments.text("FILE");
    const WalPushed pushed = archive_wal(console.workplace(), meant(arguments), file);
    if (!console.quiet()) console.around().out << fmt::format("{}: {}\n", pushed.name, pushed.was_there ? "it was in the repository already" : "archived");
    return 0;
}

int fetch_command(Console& console, const Arguments& arguments) {
    try {
        const std::string& name = arguments.text("NAME");
        if (bring_wal_back(console.workplace(), meant(arguments), name, console.around().here / arguments.text("FILE"))) return 0;
        console.around().err << name << " is not in the repository\n";
        return kNotThere;
    } catch (const Error& error) {
        console.around().err << "runbook: " << error.message << "\n" << error.hint << (error.hint.empty() ? "" : "\n");
        return kDoNotGoOn;
    }
}

int release_command(Console& console, const Arguments& arguments) {
    const DatabaseName database(arguments.text("DATABASE"));
    console.confirm(fmt::format("The log of {} is no longer received without a gap. Let its server forget what it keeps?", database.str()), arguments.has("--yes"));
    stop_keeping_log(console.workplace(), database);
    console.answer([&] { return note_to_json("log-released", {{"database", database.str()}}); }, [&] { return fmt::format("The server of {} keeps no log for Holdfast any more.\n", database.str()); });
    return 0;
}

}  // namespace

std::vector<Command> wal_commands() {
    return {
        {.path = "wal push",
         .summary = "put one file of a server's log into the repository: PostgreSQL's archive_command",
         .description = "Durable when it returns. The same file may be given again; another one under the same name is refused, and the server keeps it.",
         .positionals = {{.name = "FILE", .help = "what the server says with %p", .completes = Completes::File}},
         .options = {kWhoseLogOption},
         .examples = {"archive_command = 'runbook wal push %p --quiet'"},
         .run = push_command},
        {.path = "wal fetch",
         .summary = "bring one file of a server's log back: PostgreSQL's restore_command",
         .description = "Exit status 1: it is not there, the log ends. 126: it is not known whether it is there, so the server stops instead of going on without it.",
         .positionals = {{.name = "NAME", .help = "what the server says with %f"}, {.name = "FILE", .help = "what it says with %p", .completes = Completes::File}},
         .options = {kWhoseLogOption},
         .examples = {"restore_command = 'runbook wal fetch %f %p'"},
         .run = fetch_command},
        {.path = "wal release",
         .summary = "drop the replication slot that a server keeps for the receiver of its log",
         .description = "Before a database leaves the policy, or when its log is not wanted any more: until then the server keeps its log for ever. Refused while "
                        "somebody receives.",
         .positionals = {{.name = "DATABASE", .help = "a PostgreSQL database of the policy", .completes = Completes::Database}},
         .options = {kYesOption},
         .run = release_command},
    };
}

}  // namespace holdfast
