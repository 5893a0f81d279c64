#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/show_findings.hpp"
#include "engine/cli/show_proofs.hpp"
#include "engine/operations/check_policy.hpp"
#include "engine/operations/diff_policy.hpp"
#include "engine/operations/initialise.hpp"
#include "engine/operations/read_policy.hpp"
#include "engine/operations/test_policy.hpp"
#include "engine/wire/compliance_json.hpp"
#include "engine/wire/findings_document.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int init_command(Console& console, const Arguments& arguments) {
    StarterOptions options;
    if (const auto path = arguments.maybe("--path")) {
        options.path = *path;
        options.database = fs::path(*path).stem().string();
    }
    if (const auto name = arguments.maybe("--name")) options.database = *name;
    if (const auto zone = arguments.maybe("--zone")) options.timezone = *zone;
    const InitDone done = initialise(console.around().here, options);
    console.answer([&] { return to_json(done); }, [&] {
        std::string text;
        for (const fs::path& file : done.written) text += fmt::format("wrote {}\n", file.lexically_relative(console.around().here).string());
        for (const std::string& note : done.notes) text += note + "\n";
        return text + "\nNext:\n"
                      "  export BACKUP_ENCRYPTION_KEY=$(openssl rand -hex 32)   keep a copy where a fire does not reach it\n"
                      "  edit policies/policy.yaml                              your database, and where backups go\n"
                      "  runbook policy check && runbook plan                   what would be done, and why\n";
    });
    return 0;
}

std::string check_summary(const PolicyCheck& check, const Style& style) {
    std::vector<std::string> where;
    for (const fs::path& path : check.checked) where.push_back(path.string());
    const std::string databases = counted(check.databases, "database");
    if (check.errors + check.warnings == 0) {
        return fmt::format("{} {} with {} holds{}.\nNext: runbook plan\n", style.good("ok:"), join(where, ", "), databases,
                           check.notes > 0 ? fmt::format("; {} above", counted(check.notes, "note")) : "");
    }
    if (check.errors == 0) {
        return fmt::format("{} {} with {} holds, with {}.\nNext: runbook plan\n", style.doubtful("not quite:"), join(where, ", "), databases,
                           counted(check.warnings, "warning"));
    }
    return fmt::format("{} {}, {} in {}.\n", style.bad("not ok:"), counted(check.errors, "error"), counted(check.warnings, "warning"),
                       join(where, ", "));
}

int check_command(Console& console, const Arguments& arguments) {
    std::vector<fs::path> paths;
    for (const std::string& path : arguments.all("PATH")) paths.push_back(console.around().here / path);
    if (paths.empty()) paths.push_back(console.policy_folder());
    PolicyCheck check = check_policy(console.built(), paths);
    for (fs::path& path : check.checked) path = path.lexically_relative(console.around().here);
    const auto text = [&] {
        return (console.quiet() && check.exit_status() == 0 ? "" : findings_text(check.findings, console.style())) +
               (console.quiet() ? "" : check_summary(check, console.style()));
    };
    if (console.format() == Format::Junit) console.around().out << to_junit(check.findings, "policy check");
    else if (console.format() == Format::Sarif) console.around().out << to_sarif(check.findings, console.built().version);
    else console.answer([&] { return to_json(check.findings); }, text);
    return check.exit_status();
}

int explain_command(Console& console, const Arguments& arguments) {
    const Explanation explanation = explain_value(console.loaded_policy(), arguments.text("DATABASE[.FIELD]"));
    console.answer([&] { return to_json(explanation); }, [&] {
        Table table({{"FIELD"}, {"VALUE"}, {"FROM"}, {"BECAUSE OF"}});
        for (const ExplainRow& row : explanation.rows) {
            const std::string place = row.place ? fmt::format("{}:{}", row.place->file, row.place->line) : "";
            table.add({row.field, console.style().strong(printable(row.value, 80)), place, row.via});
        }
        return table.text(console.style());
    });
    return 0;
}

int prove_command(Console& console, const Arguments& arguments) {
    ProveAsked asked;
    for (const std::string& name : arguments.all("DATABASE")) asked.databases.emplace_back(name);
    if (arguments.has("--missed")) asked.missed = static_cast<int>(count_option(arguments, "--missed", 1, 100));
    const auto as_of = arguments.maybe("--as-of");
    asked.as_of = as_of ? console.read_instant(*as_of) : console.now();
    const Proofs proofs = prove_policy(console.policy(), asked, measured_here(console.policy(), console.built().clock, asked.as_of));
    if (console.format() == Format::Markdown) console.around().out << to_markdown(proofs, console.policy().timezone);
    else console.answer([&] { return to_json(proofs); }, [&] { return proofs_text(proofs, console); });
    return proofs.exit_status();
}

std::string diff_text(const PolicyDiff& diff, Console& console) {
    const Style& style = console.style();
    if (diff.changes.empty()) return "This change means nothing for what is promised, kept or guarded.\n";
    Table table({{"DATABASE"}, {"WHAT"}, {"BEFORE"}, {"AFTER"}, {""}});
    for (const PolicyChange& change : diff.changes) {
        const std::string word(name_of(change.direction));
        const std::string shown = change.direction == Direction::Weaker ? style.bad(word) : change.direction == Direction::Stronger ? style.good(word) : "";
        table.add({change.database, change.what, printable(change.before, 60), printable(change.after, 60), shown});
    }
    std::string text = table.text(style);
    for (const Deletable& one : diff.deletable) text += fmt::format("\n{}: {} more may be deleted from {} on.", style.strong(one.database), counted(one.points, "existing recovery point"), console.local_and_utc(one.at));
    if (!diff.deletable.empty()) text += "\n";
    return text + (diff.not_counted.empty() ? "" : fmt::format("\n{}.\n", diff.not_counted));
}

int diff_command(Console& console, const Arguments& arguments) {
    const PolicyDiff diff = diff_policy(console.built(), console.policy_folder(), arguments.text("REV..REV"), console.now());
    if (console.format() == Format::Markdown) console.around().out << to_markdown(diff);
    else console.answer([&] { return to_json(diff); }, [&] { return diff_text(diff, console); });
    return diff.exit_status();
}

int test_command(Console& console, const Arguments& arguments) {
    const auto folder = arguments.maybe("DIR");
    const std::vector<PolicyTestCase> cases = test_policies(console.built(), folder ? console.around().here / *folder : console.policy_folder() / "tests");
    const auto failed = static_cast<std::size_t>(std::ranges::count_if(cases, [](const PolicyTestCase& one) { return !one.passed(); }));
    const auto text = [&] {
        const Style& style = console.style();
        std::string all;
        for (const PolicyTestCase& one : cases) {
            if (one.passed() && console.quiet()) continue;
            all += fmt::format("{} {}: {}\n", one.passed() ? style.good("passed") : style.bad("FAILED"), one.name, counted(one.found, "finding"));
            for (const std::string& line : one.missing) all += fmt::format("  expected and not found: {}\n", printable(line, 200));
            for (const std::string& line : one.unexpected) all += fmt::format("  found and not expected: {}\n", printable(line, 200));
        }
        return console.quiet() ? all : all + fmt::format("{} of {} passed.\n", cases.size() - failed, counted(cases.size(), "policy test"));
    };
    if (console.format() == Format::Junit) console.around().out << to_junit(as_findings(cases), "policy test");
    else if (console.format() == Format::Sarif) console.around().out << to_sarif(as_findings(cases), console.built().version);
    else console.answer([&] { return to_json(as_findings(cases)); }, text);
    return failed > 0 ? exit_status_of(ErrorCode::Findings) : 0;
}

int schema_command(Console& console, const Arguments&) {
    console.answer([] { return schema_to_json(schema_text()); }, [] { return schema_text(); });
    return 0;
}

}  // namespace

std::vector<Command> policy_commands() {
    return {
        {.path = "init",
         .summary = "write a commented starter policy, its schema, a CI job",
         .description = "Writes policies/policy.yaml, policies/policy.schema.json, policies/ci/policy-check.yml and .gitignore into the "
                        "current folder. What is there already is never overwritten.",
         .options = {{.name = "--path", .value = "FILE", .help = "the SQLite database to protect", .completes = Completes::File},
                     {.name = "--name", .value = "NAME", .help = "its name in the policy; otherwise the file's"},
                     {.name = "--zone", .value = "ZONE", .help = "the time zone of its schedule, such as Europe/Berlin; otherwise UTC"}},
         .examples = {"runbook init --path shop.db --zone Europe/Berlin"},
         .run = init_command},
        {.path = "policy check",
         .summary = "everything that is wrong with the policy, offline: the CI gate",
         .description = "Reads every .yaml file of the policy folder and shows all problems at once, each with its place and the "
                        "smallest fix. Needs no database, key or network. Exit status: 0 fine, 1 warnings, 65 errors.",
         .positionals = {{.name = "PATH", .help = "policy folders, or files that together are one policy", .required = false,
                          .repeated = true, .completes = Completes::File}},
         .examples = {"runbook policy check", "runbook policy check --format sarif > policy.sarif"},
         .finds = true,
         .run = check_command},
        {.path = "policy prove",
         .summary = "what a disaster may cost at most, and how long recovery takes, with the arithmetic",
         .description = "For each database and disaster: the longest time between two runs in two years of real calendar, start_within, finish_within "
                        "and the lag of the copy that survives, against the environment's rpo; without failed runs, and with as many as the floor's "
                        "survive_missed_runs. Then how long recovery takes for the longest chain that the schedule allows, against the rto, by the slowest tenth of what this machine "
                        "has measured in 90 days. Needs no database, key or network. What nothing bounds, or nobody measured, is unproven, never a pass. Exit status: 1 where one does not hold.",
         .positionals = {{.name = "DATABASE", .help = "only these databases", .required = false, .repeated = true, .completes = Completes::Database}},
         .options = {{.name = "--missed", .value = "N", .help = "if so many runs in a row fail"},
                     {.name = "--as-of", .value = "TIME", .help = "the two years from this day on; otherwise from today"}},
         .examples = {"runbook policy prove", "runbook policy prove orders --missed 2", "runbook policy prove --format markdown"},
         .has_markdown = true,
         .run = prove_command},
        {.path = "policy test",
         .summary = "hold policies against the findings that they must have",
         .description = "Each folder in DIR with a file `expect` is a test: its policy must have exactly the findings that the file lists, a line each: ID, ID FILE:LINE or ID FILE:LINE SUBJECT (- for "
                        "no place). `today: 2026-11-24` in it sets the day that waivers are judged by. Judged are `policy check` and those of `comply checks` that need the policy alone. "
                        "Exit status: 0 all passed, 1 not.",
         .positionals = {{.name = "DIR", .help = "otherwise tests/ in the policy folder", .required = false, .completes = Completes::File}},
         .examples = {"runbook policy test", "runbook policy test --format junit > policy-tests.xml"},
         .finds = true,
         .run = test_command},
        {.path = "policy diff",
         .summary = "what a change means: what becomes weaker, or deletable",
         .description = "Reads both sides from git and tells, by database, what is promised, proved, kept, copied and guarded more or less than before; and how many "
                        "recovery points of the catalog only the new rules let go, now, in a week and in 30 days. With one revision, the folder as it is against it. "
                        "Exit status: 1 where something becomes weaker or deletable.",
         .positionals = {{.name = "REV..REV", .help = "two commits, branches or tags of the policy folder's repository; or one"}},
         .examples = {"runbook policy diff main..HEAD --format markdown", "runbook policy diff HEAD"},
         .has_markdown = true,
         .run = diff_command},
        {.path = "policy explain",
         .summary = "the effective value and the file:line it comes from",
         .description = "Shows what finally holds for a database, or one field of it, through extends, environment and floor.",
         .positionals = {{.name = "DATABASE[.FIELD]", .help = "a database, one of its fields, or a group of them",
                          .completes = Completes::Database}},
         .examples = {"runbook policy explain orders", "runbook policy explain orders.retention"},
         .run = explain_command},
        {.path = "policy schema",
         .summary = "the JSON Schema of policy files, for editors",
         .examples = {"runbook policy schema > policies/policy.schema.json"},
         .run = schema_command},
    };
}

}  // namespace holdfast
