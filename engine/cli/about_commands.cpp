#include "engine/base/format.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/completion.hpp"
#include "engine/cli/console.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int version_command(Console& console, const Arguments&) {
    console.answer([&] { return version_to_json(console.built().version); }, [&] { return fmt::format("runbook {}\n", console.built().version); });
    return 0;
}

int completion_command(Console& console, const Arguments&) {
    console.answer([] { return note_to_json("completion", {{"shell", "bash"}, {"script", bash_completion()}}); }, [] { return bash_completion(); });
    return 0;
}

int complete_command(Console& console, const Arguments& arguments) {
    for (const std::string& offer : complete_words(arguments.all("WORD"), console.around())) console.around().out << offer << "\n";
    return 0;
}

}  // namespace

std::vector<Command> about_commands() {
    return {
        {.path = "version", .summary = "which version this is", .run = version_command},
        {.path = "completion",
         .summary = "the script that completes commands, options, databases and runbooks in a shell",
         .positionals = {{.name = "SHELL", .help = "bash", .completes = Completes::Words, .words = "bash"}},
         .examples = {"source <(runbook completion bash)"},
         .run = completion_command},
        {.path = "__complete",
         .summary = "what can be typed next; for the completion script",
         .positionals = {{.name = "WORD", .required = false, .repeated = true}},
         .hidden = true,
         .run = complete_command},
    };
}

}  // namespace holdfast
