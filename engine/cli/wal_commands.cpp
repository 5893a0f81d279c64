#include "engine/base/format.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/operations/archive_wal.hpp"

namespace holdfast {
namespace {

// To a server that recovers, 1 is "the log ends here", and more than 125 "do not go on".
constexpr int kNotThere = 1, kDoNotGoOn = 126;

constexpr Option kDatabaseOption{.name = "--database", .value = "NAME", .help = "whose log it is; needed where the policy has several PostgreSQL databases", .completes = Completes::Database};

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

}  // namespace

std::vector<Command> wal_commands() {
    return {
        {.path = "wal push",
         .summary = "put one file of a server's log into the repository: PostgreSQL's archive_command",
         .description = "Durable when it returns. The same file may be given again; another one under the same name is refused, and the server keeps it.",
         .positionals = {{.name = "FILE", .help = "what the server says with %p", .completes = Completes::File}},
         .options = {kDatabaseOption},
         .examples = {"archive_command = 'runbook wal push %p --quiet'"},
         .run = push_command},
        {.path = "wal fetch",
         .summary = "bring one file of a server's log back: PostgreSQL's restore_command",
         .description = "Exit status 1: it is not there, the log ends. 126: it is not known whether it is there, so the server stops instead of going on without it.",
         .positionals = {{.name = "NAME", .help = "what the server says with %f"}, {.name = "FILE", .help = "what it says with %p", .completes = Completes::File}},
         .options = {kDatabaseOption},
         .examples = {"restore_command = 'runbook wal fetch %f %p'"},
         .run = fetch_command},
    };
}

}  // namespace holdfast
