#include <charconv>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/help.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_run.hpp"
#include "engine/operations/books.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int finish_run(Console& console, const RunbookOutcome& outcome) {
    console.finish_progress();
    console.answer([&] { return to_json(outcome); }, [&] { return run_outcome_text(outcome, console.style()); });
    return outcome.exit_status();
}

int run_help(Console& console, const Arguments& arguments) {
    const Command& command = *command_at("run");
    std::ostream& out = console.around().out;
    if (!arguments.has("NAME")) {
        out << command_help(command, console.style());
        return 0;
    }
    const Runbook book = load_book(arguments.text("NAME"), arguments.has("--from") ? console.built().shipped_runbooks
                                                                                  : runbook_folders(console.built(), console.policy_folder()));
    out << fmt::format("{}: {}\n\n{} runbook run {} [--PARAMETER VALUE …]\n\n{}\n{}", console.style().strong("runbook run " + book.name),
                       book.purpose, console.style().faint("Usage:"), book.name, console.style().faint("Parameters of this runbook:"),
                       parameters_text(book))
        << fmt::format("\n{}\n", console.style().faint("Options:")) << option_lines(command.options, console.style())
        << option_lines(options_of_every_command(), console.style());
    return 0;
}

std::optional<fs::path> key_of_asker(Console& console, const Arguments& arguments) {
    const auto key = arguments.maybe("--person-key");
    return key ? std::optional(console.around().here / *key) : std::nullopt;
}

int run_command(Console& console, const Arguments& arguments) {
    if (arguments.has("--help")) return run_help(console, arguments);
    const RunAsked asked{arguments.text("NAME"), arguments.more, [&](const std::string& text) { return console.read_instant(text); },
                         key_of_asker(console, arguments)};
    Workplace& workplace = console.workplace();
    const bool yes = arguments.has("--yes");
    if (arguments.has("--plan") || !yes) {
        const Rehearsal rehearsal = rehearse_book(workplace, asked);
        if (arguments.has("--plan")) {
            console.answer([&] { return to_json(rehearsal); }, [&] {
                return rehearsal_text(rehearsal) + "\nTo do it: the same without --plan.\n";
            });
            return 0;
        }
        (console.is_text() ? console.around().out : console.around().err) << rehearsal_text(rehearsal) << "\n" << std::flush;
        console.confirm("Run it?", false);
    }
    return finish_run(console, run_book(workplace, asked, run_hooks(console, yes)));
}

int list_command(Console& console, const Arguments& arguments) {
    auto runs = list_runs(console.workplace());
    if (const auto database = database_option(arguments)) {
        std::erase_if(runs, [&](const RunSummary& run) { return run.database != database->str(); });
    }
    console.answer([&] { return to_json(runs); }, [&] { return runs_text(runs, console); });
    return 0;
}

RunId run_of(Console& console, const Arguments& arguments) { return run_named(console.workplace(), arguments.text("RUN")); }

int show_command(Console& console, const Arguments& arguments) {
    const RunView view = show_run(console.workplace(), run_of(console, arguments));
    console.answer([&] { return to_json(view); }, [&] { return run_text(view, console); });
    return 0;
}

int resume_command(Console& console, const Arguments& arguments) {
    const RunHooks hooks = run_hooks(console, arguments.has("--yes"));
    return finish_run(console, resume_run(console.workplace(), run_of(console, arguments), arguments.has("--accept-edit"), hooks));
}

int undo_command(Console& console, const Arguments& arguments) {
    const RunView view = show_run(console.workplace(), run_of(console, arguments));
    if (!arguments.has("--yes")) {
        std::string text = fmt::format("To be undone, last first, of run {} of {}:\n", view.summary.id.str(), view.summary.runbook);
        for (auto step = view.steps.rbegin(); step != view.steps.rend(); ++step) {
            if (!step->undo.empty() && step->state == StepState::Done) text += fmt::format("  {:>2}. {} ({})\n", step->number, step->title, step->undo);
        }
        console.around().err << text << std::flush;
    }
    console.confirm("Undo it?", arguments.has("--yes"));
    return finish_run(console, undo_run(console.workplace(), view.summary.id, key_of_asker(console, arguments), run_hooks(console, true)));
}

int say_run(Console& console, const RunId& run) {
    const RunView view = show_run(console.workplace(), run);
    console.answer([&] { return to_json(view); }, [&] { return run_text(view, console); });
    return 0;
}

int cancel_command(Console& console, const Arguments& arguments) {
    const RunId run = run_of(console, arguments);
    cancel_run(console.workplace(), run, arguments.maybe("--comment").value_or(""));
    return say_run(console, run);
}

int read_step(const std::string& text) {
    int step = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), step);
    if (problem == std::errc{} && end == text.data() + text.size() && step > 0) return step;
    throw Error(ErrorCode::Usage, fmt::format("--step: {} is not a step's number", printable(text, 40)), "See: runbook runs show RUN");
}

int resolve_command(Console& console, const Arguments& arguments) {
    if (!arguments.has("--step") || !arguments.has("--as")) {
        throw Error(ErrorCode::Usage, "runbook runs resolve needs --step N and --as done, again or abort",
                    "See what is in doubt: runbook runs show RUN");
    }
    const RunId run = run_of(console, arguments);
    const auto how = parse_resolve_as(arguments.text("--as"));
    resolve_run(console.workplace(), run, read_step(arguments.text("--step")), how.value(), arguments.maybe("--comment").value_or(""));
    return say_run(console, run);
}

}  // namespace

std::vector<Command> run_commands() {
    const Positional run{.name = "RUN", .help = "a run's id, the beginning of it, or last", .completes = Completes::Run};
    const Option key{.name = "--person-key", .value = "FILE", .help = "one's private key (runbook keys new-person): this person asks, an operator under people:, and not the account",
                     .completes = Completes::File};
    const Option comment{.name = "--comment", .value = "TEXT", .help = "kept with the run and in the audit chain"};
    return {
        {.path = "run",
         .summary = "run a runbook",
         .description = "Shows what would be done, asks, then does it step by step. Every step is recorded before and after it, so a run "
                        "that is killed anywhere goes on with runbook runs resume. --yes answers what is asked at one's own terminal; it "
                        "never stands in for an approval that the policy wants from other people. The one who asks does not count among them: who shares "
                        "an account with others says with --person-key who it is.",
         .positionals = {{.name = "NAME", .help = "a runbook: runbook book list", .completes = Completes::Book}},
         .options = {{.name = "--plan", .help = "only show the steps, effects and predicted time"}, kYesOption, key, kFromOption, kStoreKeyOption},
         .examples = {"runbook run accidental-deletion --before \"2026-11-20 14:05\" --plan", "runbook run accidental-deletion --help",
                      "runbook run total-failure --from file:///srv/backups --database orders --to /srv/orders.db"},
         .takes_more = true,
         .attests = Attests::Approvals,
         .run = run_command},
        {.path = "runs list", .summary = "all runs, newest first", .options = {kDatabaseOption, kFromOption, kStoreKeyOption}, .run = list_command},
        {.path = "runs show", .summary = "everything about one run: steps, approvals, what to type next", .positionals = {run}, .options = {kFromOption, kStoreKeyOption}, .run = show_command},
        {.path = "runs resume",
         .summary = "go on with a run that was interrupted, has failed or was waiting",
         .description = "What was recorded is not done again.",
         .positionals = {run},
         .options = {{.name = "--accept-edit", .help = "the runbook's file was changed since: go on with the new text"}, kYesOption, kFromOption, kStoreKeyOption},
         .attests = Attests::Approvals,
         .run = resume_command},
        {.path = "runs cancel", .summary = "give a run up; nothing is undone", .positionals = {run}, .options = {comment, kFromOption, kStoreKeyOption}, .run = cancel_command},
        {.path = "runs undo",
         .summary = "take back what a run has done, last step first",
         .description = "Where the environment wants approvals, it first waits for them: `runbook approve` shows what would be taken back, and "
                        "the one who asks for the undo does not count.",
         .positionals = {run},
         .options = {kYesOption, key, kFromOption, kStoreKeyOption},
         .attests = Attests::Approvals,
         .run = undo_command},
        {.path = "runs resolve",
         .summary = "say what became of a step that is in doubt",
         .positionals = {run},
         .options = {{.name = "--step", .value = "N", .help = "the step's number"},
                     {.name = "--as", .value = "WHAT", .help = "done: it happened; again: it did not, do it; abort: give up",
                      .completes = Completes::Words, .words = "done again abort"},
                     comment, kFromOption, kStoreKeyOption},
         .run = resolve_command},
    };
}

}  // namespace holdfast
