#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/console.hpp"
#include "engine/operations/plan_ahead.hpp"
#include "engine/operations/schedule_next.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kCountMax = 100'000;

int next_command(Console& console, const Arguments& arguments) {
    std::optional<DatabaseName> database;
    if (const auto name = arguments.maybe("DATABASE")) database = DatabaseName(*name);
    if (database) require_database(console.policy(), *database);
    const Instant now = console.now();
    const auto slots = next_slots(console.policy(), database, now, count_option(arguments, "--count", 20, kCountMax));
    console.answer([&] { return to_json(slots); }, [&] {
        if (slots.empty()) return std::string("Nothing is scheduled.\n");
        Table table({{"WHEN"}, {"UTC"}, {"IN", Table::Align::Right}, {"DATABASE"}, {"KIND"}});
        for (const Slot& slot : slots) {
            table.add({console.local(slot.at), to_rfc3339(slot.at), for_people(slot.at - now), slot.database.str(),
                       std::string(name_of(slot.kind))});
        }
        return table.text(console.style());
    });
    return 0;
}

// The policy's zone where there is a policy; a cron line can be explained without one.
std::string zone_for(Console& console, const Arguments& arguments) {
    if (const auto zone = arguments.maybe("--zone")) return *zone;
    try {
        return console.policy().timezone;
    } catch (const Error&) {   // No policy here, or a broken one: UTC, and the answer names the zone.
        return "UTC";
    }
}

int explain_command(Console& console, const Arguments& arguments) {
    const CronMeaning meaning = explain_cron(arguments.text("CRON"), zone_for(console, arguments), console.now(),
                                             count_option(arguments, "--count", 5, kCountMax));
    console.answer([&] { return to_json(meaning); }, [&] {
        const LocalTimes times(meaning.zone);
        std::string text = fmt::format("{}\n  means {} ({})\n\n", console.style().strong(printable(meaning.line)), meaning.words, meaning.zone);
        Table table({{"NEXT RUNS"}, {"UTC"}});
        for (const Instant at : meaning.next) table.add({times.text(at), to_rfc3339(at)});
        text += table.text(console.style());
        for (const std::string& warning : meaning.warnings) {
            text += fmt::format("\n{} {}\n", console.style().doubtful("warning:"), warning);
        }
        return text;
    });
    return 0;
}

}  // namespace

std::vector<Command> schedule_commands() {
    const Option count{.name = "--count", .value = "N", .help = "how many", .letter = "-n"};
    return {
        {.path = "schedule next",
         .summary = "the next runs, in the policy's zone and in UTC",
         .positionals = {{.name = "DATABASE", .help = "only this database", .required = false, .completes = Completes::Database}},
         .options = {count},
         .examples = {"runbook schedule next -n 20 orders"},
         .run = next_command},
        {.path = "schedule explain",
         .summary = "what a cron line means, and when it runs",
         .description = "Says a cron line in words, lists its next runs, and warns where one falls into an hour that the zone's clocks "
                        "skip or repeat.",
         .positionals = {{.name = "CRON", .help = "five fields in quotes"}},
         .options = {{.name = "--zone", .value = "ZONE", .help = "an IANA time zone; otherwise the policy's, or UTC"}, count},
         .examples = {"runbook schedule explain \"30 2 * * Mon-Fri\" --zone Europe/Berlin"},
         .run = explain_command},
    };
}

}  // namespace holdfast
