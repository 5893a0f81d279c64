#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/console.hpp"
#include "engine/operations/audit_chain.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int show_command(Console& console, const Arguments& arguments) {
    const auto entries = audit_entries(console.workplace(), count_option(arguments, "--count", 50, 1'000'000));
    console.answer([&] { return to_json(entries); }, [&] {
        Table table({{"#", Table::Align::Right}, {"WHEN"}, {"WHO"}, {"WHAT"}, {"OF"}, {"DETAIL"}, {"HASH"}});
        for (const AuditEntry& entry : entries) {
            table.add({std::to_string(entry.sequence), console.local(entry.at), fmt::format("{}@{}", entry.user, entry.host), entry.action,
                       entry.subject, printable(entry.detail, 80), entry.hash.substr(0, 12)});
        }
        return table.empty() ? std::string("Nothing has changed anything yet.\n") : table.text(console.style());
    });
    return 0;
}

int verify_command(Console& console, const Arguments&) {
    const AuditReport report = verify_audit(console.workplace());
    console.answer([&] { return to_json(report); }, [&] {
        const std::string entries = report.entries == 1 ? "1 entry" : fmt::format("{} entries", format_count(static_cast<std::uint64_t>(report.entries)));
        if (report.ok()) return fmt::format("{} {}, each bound to the one before; none was changed, removed or put in between.\n", console.style().good("ok:"), entries);
        return fmt::format("{} entry {} of {}: {}\nThe record was changed by something else than this program. Keep a copy of the state "
                           "folder as it is, and ask who had access to it.\n",
                           console.style().bad("broken:"), *report.broken_at, report.entries, report.why);
    });
    return report.ok() ? 0 : exit_status_of(ErrorCode::Findings);
}

}  // namespace

std::vector<Command> audit_commands() {
    return {
        {.path = "audit verify", .summary = "check that no entry was changed, removed or put in between", .run = verify_command},
        {.path = "audit show",
         .summary = "who changed what, newest first",
         .options = {{.name = "--count", .value = "N", .help = "how many; otherwise 50", .letter = "-n"}},
         .run = show_command},
    };
}

}  // namespace holdfast
