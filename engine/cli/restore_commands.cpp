#include <array>
#include <charconv>

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

constexpr std::array<std::string_view, 5> kStates{"--point", "--before", "--lsn", "--xid", "--name"};

// A place in a server's write-ahead log, where one is named.
std::optional<WalAsked> place_asked(const Arguments& arguments) {
    WalAsked asked;
    if (const auto text = arguments.maybe("--lsn")) {
        asked.until = parse_lsn(*text);
        if (!asked.until) throw Error(ErrorCode::Usage, fmt::format("{} is no place in a write-ahead log", printable(*text, 40)), "It looks like 16/B374D848.");
        return asked;
    }
    if (const auto text = arguments.maybe("--xid")) {
        std::uint32_t xid = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), xid);
        if (error != std::errc() || end != text->data() + text->size()) throw Error(ErrorCode::Usage, fmt::format("{} is no transaction number", printable(*text, 40)));
        asked.xid = xid;
        return asked;
    }
    if (const auto text = arguments.maybe("--name")) {
        asked.name = *text;
        return asked;
    }
    return std::nullopt;
}

std::optional<std::uint16_t> port_asked(const Arguments& arguments) {
    const auto text = arguments.maybe("--port");
    if (!text) return std::nullopt;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), port);
    if (error == std::errc() && end == text->data() + text->size() && port > 0) return port;
    throw Error(ErrorCode::Usage, fmt::format("{} is no port", printable(*text, 40)), "It is a number from 1 to 65535.");
}

RestoreAsked asked_for(Console& console, const Arguments& arguments) {
    std::vector<std::string> given;
    for (const std::string_view state : kStates) {
        if (arguments.has(state)) given.emplace_back(state);
    }
    if (given.size() > 1) throw Error(ErrorCode::Usage, join(given, " and ") + " do not go together", "Leave one out.");
    if (!arguments.has("--to")) {
        throw Error(ErrorCode::Usage, "runbook restore needs --to PATH",
                    "Restore beside the live database first, look at it, then decide.");
    }
    RestoreAsked asked;
    asked.database = DatabaseName(arguments.text("DATABASE"));
    asked.point = arguments.maybe("--point");
    if (const auto text = arguments.maybe("--before")) asked.before = read_before(console, asked.database, *text);
    asked.wal = place_asked(arguments);
    asked.to = (console.around().here / arguments.text("--to")).lexically_normal();
    asked.delta = arguments.has("--delta");
    asked.port = port_asked(arguments);
    asked.promote = arguments.has("--promote");
    if (asked.promote && !asked.port) throw Error(ErrorCode::Usage, "--promote ends the recovery of a server that runs", "Say on which port with --port.");
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
        std::string text = fmt::format("{} {}\n  restored to {}: {}, {} written, from store {} in {}\n", console.style().good("done:"),
                                       target_line(plan.target, console), result.copy.location, format_bytes(result.bytes),
                                       format_bytes(result.written_bytes), result.store.str(), for_people(result.took));
        for (const std::string& sentence : result.next) text += fmt::format("  {}: {}\n", asked.port ? "server" : "next", sentence);
        return text;
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
                     {.name = "--lsn", .value = "PLACE", .help = "PostgreSQL: everything up to this place in its log, such as 16/B374D848"},
                     {.name = "--xid", .value = "NUMBER", .help = "PostgreSQL: everything up to the commit of this transaction"},
                     {.name = "--name", .value = "NAME", .help = "PostgreSQL: everything up to this restore point (pg_create_restore_point)"},
                     {.name = "--to", .value = "PATH", .help = "where it goes", .completes = Completes::File},
                     {.name = "--delta", .help = "something is there already: write only what differs"},
                     {.name = "--port", .value = "NUMBER", .help = "PostgreSQL: start a server over it on this port, which waits, read-only, where the log was replayed to"},
                     {.name = "--promote", .help = "with --port: check it, end its recovery and let it run with settings of its own"},
                     kYesOption},
         .examples = {"runbook restore orders --before \"20m ago\" --to /tmp/orders.db", "runbook restore erp --before \"20m ago\" --to /srv/pg/look --port 5433"},
         .run = restore_command},
    };
}

}  // namespace holdfast
