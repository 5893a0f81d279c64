#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/show_rows.hpp"
#include "engine/operations/query_state.hpp"
#include "engine/wire/query_json.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kRowsMax = 1'000'000'000;

std::optional<Duration> time_limit_option(const Arguments& arguments) {
    const auto text = arguments.maybe("--time-limit");
    if (!text) return std::nullopt;
    const auto limit = parse_duration(*text);
    if (limit && *limit > Duration(0)) return limit;
    throw Error(ErrorCode::Usage, fmt::format("--time-limit: {} is not a span of time", printable(*text, 40)), "Write it with a unit: 30s, 5m.");
}

QueryAsked asked_for(Console& console, const Arguments& arguments) {
    if (arguments.has("--point") && arguments.has("--at")) {
        throw Error(ErrorCode::Usage, "--point and --at do not go together", "Leave one out.");
    }
    QueryAsked asked;
    asked.database = DatabaseName(arguments.text("DATABASE"));
    asked.sql = arguments.text("SQL");
    asked.point = arguments.maybe("--point");
    if (const auto text = arguments.maybe("--at")) asked.before = read_before(console, asked.database, *text);
    if (arguments.has("--limit")) asked.rows_max = count_option(arguments, "--limit", kRowsMax, kRowsMax);
    asked.time_limit = time_limit_option(arguments);
    return asked;
}

int answer_in_json(StateQuery& query, Console& console) {
    std::ostream& out = console.around().out;
    QueryJson json;
    out << json.begin(query);
    try {
        while (const SqlRow* row = query.next()) out << json.row(*row);
    } catch (const Error& error) {   // The document has begun: it is ended so that a program can still read it.
        out << json.end_with(error, query) << std::flush;
        console.around().err << console.style().bad("runbook:") << " " << error.message << "\n" << error.hint << (error.hint.empty() ? "" : "\n");
        return exit_status_of(error.code);
    }
    out << json.end(query) << std::flush;
    return 0;
}

int answer_in_text(StateQuery& query, Console& console) {
    RowsText text(console.around().out, console.style(), query.columns());
    try {
        while (const SqlRow* row = query.next()) text.add(*row);
    } catch (const Error&) {
        if (query.row_count() > 0) text.finish();
        throw;
    }
    text.finish();
    const std::string fetched = query.fetched_bytes() == 0 ? "" : fmt::format(", {} fetched", format_bytes(query.fetched_bytes()));
    console.note(fmt::format("{} in {}{}", counted(query.row_count(), "row"), for_people(query.took()), fetched));
    if (query.has_more_rows()) console.note("there are more rows; --limit left them out");
    return 0;
}

int query_command(Console& console, const Arguments& arguments) {
    const QueryAsked asked = asked_for(console, arguments);
    StateQuery query(console.workplace(), asked, console.progress(), console.cancel());
    console.note(fmt::format("{}, as it was at {}: point {}{}", asked.database.str(), console.local_and_utc(query.target().instant),
                             query.target().point.id.str(), query.target().log ? " and the log up to " + to_text(*query.target().log) : ""));
    return console.is_text() ? answer_in_text(query, console) : answer_in_json(query, console);
}

}  // namespace

std::vector<Command> query_commands() {
    return {
        {.path = "query",
         .summary = "ask a database in SQL as it was, without restoring it",
         .description = "Reads from the repository only what the statement needs; a PostgreSQL cluster is restored to a private folder for as long as it is asked. Without --at and --point the newest state is asked. Only "
                        "statements that read are taken. Long texts and blobs are shortened in the table; --format json gives everything, "
                        "with blobs in base64.",
         .positionals = {{.name = "DATABASE", .help = "the database's name in the policy", .completes = Completes::Database},
                         {.name = "SQL", .help = "one statement that reads"}},
         .options = {{.name = "--at", .value = "TIME",
                      .help = "the newest state strictly before this moment or transaction, as --before everywhere: \"2026-11-20 14:05\", \"20m ago\""},
                     {.name = "--point", .value = "ID", .help = "this recovery point", .completes = Completes::Point},
                     {.name = "--limit", .value = "N", .help = "at most so many rows"},
                     {.name = "--time-limit", .value = "TIME", .help = "stop after this long: 30s"}},
         .examples = {"runbook query orders \"select count(*) from orders\"",
                      "runbook query orders --at \"20m ago\" \"select * from orders where id = 1842\""},
         .run = query_command},
    };
}

}  // namespace holdfast
