#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_findings.hpp"
#include "engine/operations/books.hpp"
#include "engine/wire/findings_document.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

// Runbooks can be read without a policy: then only those that were shipped are there.
std::vector<fs::path> folders_of(Console& console) {
    try {
        return runbook_folders(console.built(), console.policy_folder());
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing) throw;
        return runbook_folders(console.built(), console.around().here / "policies");
    }
}

int list_command(Console& console, const Arguments&) {
    const auto books = list_books(folders_of(console));
    console.answer([&] { return to_json(books); }, [&] {
        Table table({{"RUNBOOK"}, {"PURPOSE"}, {"FILE"}});
        for (const BookEntry& book : books) {
            const std::string says = book.problem.empty() ? book.purpose : console.style().bad("cannot be loaded: ") + book.problem;
            table.add({book.name, says, book.file.string()});
        }
        return table.empty() ? std::string("There is no runbook. Write one: runbook book new NAME\n")
                             : table.text(console.style()) + "\nIts parameters: runbook run NAME --help\n";
    });
    return 0;
}

int show_command(Console& console, const Arguments& arguments) {
    const Runbook book = load_book(arguments.text("NAME"), folders_of(console));
    console.answer([&] { return to_json(book); }, [&] {
        return fmt::format("{}: {}\n{}\n\n{}\n{}", console.style().strong(book.name), book.purpose, console.style().faint(book.file.string()),
                           parameters_text(book), book.text);
    });
    return 0;
}

int lint_command(Console& console, const Arguments& arguments) {
    const BookLint lint = lint_books(arguments.all("NAME"), console.around().here, folders_of(console));
    const auto text = [&] {
        const bool fine = lint.exit_status() == 0;
        return findings_text(lint.findings, console.style()) +
               fmt::format("{} {} read\n", fine ? console.style().good("ok:") : console.style().bad("not ok:"),
                           counted(lint.checked.size(), "runbook"));
    };
    if (console.format() == Format::Junit) console.around().out << to_junit(lint.findings, "book lint");
    else if (console.format() == Format::Sarif) console.around().out << to_sarif(lint.findings, console.built().version);
    else console.answer([&] { return to_json(lint.findings); }, text);
    return lint.exit_status();
}

int new_command(Console& console, const Arguments& arguments) {
    const fs::path file = new_book(arguments.text("NAME"), console.policy_folder().parent_path() / "runbooks");
    console.answer([&] { return note_to_json("runbook-file", {{"file", file.string()}}); }, [&] {
        return fmt::format("wrote {}\n\nNext:\n  edit it\n  runbook book lint {}\n  runbook run {} --plan\n", file.string(),
                           arguments.text("NAME"), arguments.text("NAME"));
    });
    return 0;
}

}  // namespace

std::vector<Command> book_commands() {
    const Positional name{.name = "NAME", .help = "a runbook's name", .completes = Completes::Book};
    return {
        {.path = "book list", .summary = "the runbooks that are there, and what each is for", .run = list_command},
        {.path = "book show", .summary = "a runbook's purpose, parameters and text", .positionals = {name}, .run = show_command},
        {.path = "book lint",
         .summary = "what is wrong or unwise in runbooks, without running them",
         .positionals = {{.name = "NAME", .help = "names or files; all of them when left out", .required = false, .repeated = true,
                          .completes = Completes::Book}},
         .finds = true,
         .run = lint_command},
        {.path = "book new",
         .summary = "begin a runbook of one's own",
         .positionals = {{.name = "NAME", .help = "lower case letters, digits and dashes"}},
         .run = new_command},
    };
}

}  // namespace holdfast
