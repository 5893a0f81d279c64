#include <array>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_log.hpp"
#include "engine/cli/show_point.hpp"
#include "engine/operations/take_backup.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

struct KindOption { const char* option; BackupKind kind; };
constexpr std::array kKindOptions = {KindOption{"--full", BackupKind::Full}, KindOption{"--incremental", BackupKind::Incremental}, KindOption{"--log", BackupKind::Log},
                                     KindOption{"--logical", BackupKind::Logical}};

std::optional<BackupKind> wanted_kind(const Arguments& arguments) {
    std::optional<BackupKind> wanted;
    for (const KindOption& each : kKindOptions) {
        if (!arguments.has(each.option)) continue;
        if (wanted) throw Error(ErrorCode::Usage, "--full, --incremental, --log and --logical do not go together", "Leave one alone.");
        wanted = each.kind;
    }
    return wanted;
}

std::string backup_text(const BackupDone& done, Console& console) {
    const RecoveryPoint& point = done.point;
    std::string text = fmt::format("{} point {}\n  {} backup of {}: {} read, {} changed, {} stored in {}\n", console.style().good("done:"),
                                   point_line(point, console), name_of(point.kind), format_bytes(point.source_bytes),
                                   format_bytes(point.read_bytes), format_bytes(done.changed_bytes), format_bytes(point.stored_bytes),
                                   for_people(point.finished - point.started));
    for (const std::string& note : done.notes) text += fmt::format("  {}\n", note);
    return text;
}

int log_now(Console& console, const DatabaseName& database, const Arguments& arguments) {
    for (const std::string_view other : {"--keep", "--why"}) {
        if (arguments.has(other)) throw Error(ErrorCode::Usage, fmt::format("{} and --log do not go together", other), "A log backup makes no point of its own.");
    }
    const LogDone done = take_log_now(console.workplace(), database, console.progress(), console.cancel());
    console.finish_progress();
    console.answer([&] { return to_json(done); }, [&] { return log_done_text(database, done, console); });
    return 0;
}

int now_command(Console& console, const Arguments& arguments) {
    BackupNow request;
    request.database = DatabaseName(arguments.text("DATABASE"));
    request.kind = wanted_kind(arguments);
    if (request.kind == BackupKind::Log) return log_now(console, request.database, arguments);
    request.keep = period_option(arguments, "--keep");
    request.why = arguments.maybe("--why").value_or("");
    const BackupDone done = take_backup(console.workplace(), request, console.progress(), console.cancel());
    console.finish_progress();
    console.answer([&] { return to_json(done); }, [&] { return backup_text(done, console); });
    return 0;
}

}  // namespace

std::vector<Command> backup_commands() {
    return {
        {.path = "backup now",
         .summary = "take a backup of one database now, outside its schedule",
         .description = "An incremental where there is something to build on, otherwise a full; say which with --full or --incremental. With --log what was committed since the last one goes into the log.",
         .positionals = {{.name = "DATABASE", .help = "the database's name in the policy", .completes = Completes::Database}},
         .options = {{.name = "--full", .help = "read and keep everything"},
                     {.name = "--incremental", .help = "keep only the pages that changed"},
                     {.name = "--log", .help = "keep the transactions since the last log backup"},
                     {.name = "--logical", .help = "keep a dump in the engine's own portable form (PostgreSQL: pg_dump)"},
                     {.name = "--keep", .value = "SPAN", .help = "keep it for so long whatever retention says, such as 30d"},
                     {.name = "--why", .value = "TEXT", .help = "kept with the recovery point"}},
         .examples = {"runbook backup now orders --keep 30d --why \"before the migration\""},
         .attests = Attests::Record,
         .run = now_command},
    };
}

}  // namespace holdfast
