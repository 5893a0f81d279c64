#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/report_html.hpp"
#include "engine/cli/show_compliance.hpp"
#include "engine/operations/frameworks.hpp"
#include "engine/wire/compliance_json.hpp"
#include "engine/wire/findings_document.hpp"

namespace holdfast {
namespace {

constexpr Duration kPictured = std::chrono::hours(24 * 30);   // What the picture in a report covers.

ComplyAsked asked_by(Console& console, const Arguments& arguments) {
    ComplyAsked asked;
    if (const auto text = arguments.maybe("--as-of")) asked.as_of = console.read_instant(*text);
    asked.frame = arguments.maybe("--frame");
    asked.database = database_option(arguments);
    asked.environment = environment_option(arguments);
    return asked;
}

std::string sentence_of(const std::string& id) {
    const Check* check = check_named(id);
    return check == nullptr ? "" : std::string(check->sentence);
}

int comply_check_command(Console& console, const Arguments& arguments) {
    const Compliance compliance = check_compliance(console.workplace(), console.loaded_policy(), asked_by(console, arguments));
    if (console.format() == Format::Junit) console.around().out << to_junit(with_subjects(compliance.findings), "comply check");
    else if (console.format() == Format::Sarif) console.around().out << to_sarif(with_subjects(compliance.findings), console.built().version, &sentence_of);
    else console.answer([&] { return to_json(compliance); }, [&] { return compliance_text(compliance, console); });
    return compliance.exit_status();
}

int report_command(Console& console, const Arguments& arguments) {
    const ComplyAsked asked = asked_by(console, arguments);
    ReportParts parts;
    parts.compliance = check_compliance(console.workplace(), console.loaded_policy(), asked);
    const Instant as_of = parts.compliance.as_of;
    ProveAsked prove{.databases = {}, .missed = {}, .as_of = as_of};
    if (asked.database) prove.databases = {*asked.database};
    const Policy& judged = parts.compliance.policy.loaded.policy;
    parts.proofs = prove_policy(judged, prove, measured_here(console.policy(), console.built().clock, as_of));
    parts.timelines = timelines(console.workplace(), {.database = asked.database, .since = as_of - kPictured, .as_of = asked.as_of});
    const auto file = arguments.maybe("--html");
    if (file) write_file_durably(console.around().here / *file, as_bytes(report_html(parts, console)));
    console.answer([&] { return to_json(parts.compliance); }, [&] { return file ? fmt::format("The report is in {}.\n", *file) : report_markdown(parts, console); });
    return parts.compliance.exit_status();
}

int checks_command(Console& console, const Arguments&) {
    console.answer([&] { return checks_to_json(); }, [&] {
        Table table({{"CHECK"}, {"SEVERITY"}, {"JUDGED BY"}, {"WHAT MUST BE TRUE"}});
        for (const Check& check : all_checks()) table.add({std::string(check.id), std::string(name_of(check.severity)), std::string(name_of(check.basis)), std::string(check.sentence)});
        return table.text(console.style());
    });
    return 0;
}

int frames_command(Console& console, const Arguments&) {
    const std::vector<Framework> frameworks = list_frameworks(console.built(), console.policy_folder());
    console.answer([&] { return to_json(frameworks); }, [&] {
        Table table({{"FRAME"}, {"CONTROLS", Table::Align::Right}, {"TITLE"}});
        for (const Framework& framework : frameworks) table.add({framework.name, format_count(framework.controls.size()), framework.title});
        return table.text(console.style());
    });
    return 0;
}

}  // namespace

std::vector<Command> comply_commands() {
    constexpr Option kAsOf{.name = "--as-of", .value = "TIME", .help = "what the record says of this past time, by the policy of then where git has it; the answer stays the same ever after"};
    return {
        {.path = "comply check",
         .summary = "every way in which policy and backups fall short, with the arithmetic",
         .description = "Holds the policy, the record of runs and points, and a look at stores and folders against every check (see `runbook comply checks`). "
                        "Findings that a waiver in force excuses are listed apart. With --as-of nothing but the record counts. Exit status: 0 fine, 1 findings.",
         .options = {kAsOf, {.name = "--frame", .value = "NAME", .help = "only what this framework asks for, by its controls"}, kDatabaseOption, kEnvironmentOption},
         .examples = {"runbook comply check", "runbook comply check --frame iso-27001 --as-of \"2026-09-30 23:59\"", "runbook comply check --format sarif > compliance.sarif"},
         .finds = true,
         .run = comply_check_command},
        {.path = "comply report",
         .summary = "the same as Markdown, or as one HTML page with a picture",
         .description = "Markdown on standard output, or with --html one page that needs nothing beside it. Exit status: 0 fine, 1 findings.",
         .options = {{.name = "--html", .value = "FILE", .help = "write the page here", .completes = Completes::File}, kAsOf,
                     {.name = "--frame", .value = "NAME", .help = "only what this framework asks for, by its controls"}, kDatabaseOption},
         .examples = {"runbook comply report --html compliance.html", "runbook comply report --frame soc2 > compliance.md"},
         .run = report_command},
        {.path = "comply checks", .summary = "the checks, and what each wants to be true", .run = checks_command},
        {.path = "comply frames", .summary = "the frameworks that --frame knows, one file each", .run = frames_command},
    };
}

}  // namespace holdfast
