#include "engine/base/format.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_run.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

// Nobody approves what they have not seen: the evidence is shown before the answer is signed.
void show_open_approval(Console& console, const RunId& run) {
    for (const ApprovalView& approval : show_run(console.workplace(), run).approvals) {
        if (approval.open) console.around().err << approval_text(approval, console.style()) << std::flush;
    }
}

int answer(Console& console, const Arguments& arguments, bool approve) {
    const RunId run = run_named(console.workplace(), arguments.text("RUN"));
    AnswerAsked asked;
    asked.approve = approve;
    asked.comment = arguments.maybe("--comment").value_or("");
    if (const auto key = arguments.maybe("--key")) asked.key = console.around().here / *key;
    if (!console.quiet()) show_open_approval(console, run);
    const AnswerGiven given = answer_run(console.workplace(), run, asked);
    console.answer([&] { return to_json(given); }, [&] {
        std::string text = fmt::format("{} by {}.\n", approve ? "Approved" : "Refused", given.person);
        if (!approve) return text;
        if (given.approval.counted < given.approval.required) {
            return text + fmt::format("{} of {} approvals; it waits for more.\n", given.approval.counted, given.approval.required);
        }
        return text + fmt::format("Nothing more is wanted. Go on with: {}\n", given.approval.then);
    });
    return 0;
}

int approve_command(Console& console, const Arguments& arguments) { return answer(console, arguments, true); }
int refuse_command(Console& console, const Arguments& arguments) { return answer(console, arguments, false); }

}  // namespace

std::vector<Command> approve_commands() {
    const Positional run{.name = "RUN", .help = "the run that waits", .completes = Completes::Run};
    const std::vector<Option> options{
        {.name = "--key", .value = "FILE", .help = "one's private key (runbook keys new-person); needed where the policy wants other people",
         .completes = Completes::File},
        {.name = "--comment", .value = "TEXT", .help = "kept with the answer"}};
    return {
        {.path = "approve",
         .summary = "approve what a run waits for",
         .description = "The answer is signed with the person's own key and bound to the step, its arguments and the evidence shown. The "
                        "one who asked for the run does not count.",
         .positionals = {run},
         .options = options,
         .examples = {"runbook approve 01jd --key ~/.holdfast/dba-two.key --comment \"counted with the shop\""},
         .attests = Attests::Approvals,
         .run = approve_command},
        {.path = "refuse", .summary = "refuse what a run waits for", .positionals = {run}, .options = options, .attests = Attests::Approvals, .run = refuse_command},
    };
}

}  // namespace holdfast
