#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/operations/notify.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int test_command(Console& console, const Arguments& arguments) {
    const NoticeTest test = test_notice(console.workplace(), arguments.text("NAME"), &notice_to_json, console.cancel());
    console.answer([&] { return to_json(test); }, [&] {
        const Style& style = console.style();
        return fmt::format("{} {} ({}): {}\n", test.told ? style.good("told") : style.bad("not told"), test.way, test.how, test.answer);
    });
    return test.told ? 0 : exit_status_of(ErrorCode::Unavailable);
}

std::string status_text(const NoticeStatus& status, Console& console) {
    const Style& style = console.style();
    std::string text;
    if (status.told.empty()) text += "Nothing is wrong that anybody was told of.\n";
    Table table({{"WAY"}, {"EVENT"}, {"SINCE"}, {"TOLD"}, {"WHAT"}});
    for (const ToldTrouble& told : status.told) {
        table.add({told.way, std::string(name_of(told.about.event)), console.local(told.about.since), console.local(told.told), printable(told.about.subject.empty() ? told.about.message : told.about.subject + ": " + told.about.message, 120)});
    }
    if (!table.empty()) text += table.text(style);
    for (const Notice& notice : status.unsent) {
        text += fmt::format("{} {}: {}\n", style.doubtful("on its way:"), notice.way, notice_line(notice));
        if (notice.attempts > 0) text += fmt::format("  tried {}, next at {}: {}\n", counted(static_cast<std::uint64_t>(notice.attempts), "time"), console.local(notice.next_try), printable(notice.last_error, 200));
    }
    return text;
}

int list_command(Console& console, const Arguments&) {
    const NoticeStatus status = notice_status(console.workplace());
    console.answer([&] { return to_json(status); }, [&] { return status_text(status, console); });
    return 0;
}

}  // namespace

std::vector<Command> notify_commands() {
    return {
        {.path = "notify test",
         .summary = "send a test message, and say what was answered",
         .description = "NAME is one of those under `notify:`. The message is sent at once and only once. Exit status: 0 it was told, 69 it was not.",
         .positionals = {{.name = "NAME", .help = "a name under notify:"}},
         .examples = {"runbook notify test on-call"},
         .run = test_command},
        {.path = "notify list",
         .summary = "what was told and is not over, and what is on its way",
         .description = "`tick` looks for what is wrong and tells it: once when it begins, again when it becomes worse and every `remind_every`, and once when it is over. A message that cannot be "
                        "sent is kept and tried again after one minute, two, four and so on up to an hour, for as long as it takes.",
         .run = list_command},
    };
}

}  // namespace holdfast
