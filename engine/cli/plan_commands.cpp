#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_plan.hpp"
#include "engine/wire/plan_json.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kPlanBytesMax = 1U << 30;

PlanRequest request_of(Console& console, const Arguments& arguments) {
    PlanRequest request;
    if (const auto text = arguments.maybe("--as-of")) request.as_of = console.read_instant(*text);
    request.database = database_option(arguments);
    request.environment = environment_option(arguments);
    return request;
}

void write_plan(const fs::path& file, const Plan& plan) {
    if (write_file_if_absent(file, as_bytes(to_json(plan)))) return;
    throw Error(ErrorCode::AlreadyExists, fmt::format("{} is there already", file.string()), "Choose another file, or remove that one.");
}

int simulate_command(Console& console, const Arguments& arguments) {
    for (const std::string_view other : {"--out", "--detailed-exitcode"}) {
        if (arguments.has(other)) throw Error(ErrorCode::Usage, fmt::format("--until and {} do not go together", other), "Leave one out.");
    }
    const Instant until = console.read_instant(arguments.text("--until"));
    const Simulation simulation = simulate_ahead(console.workplace(), request_of(console, arguments), until);
    console.answer([&] { return to_json(simulation); }, [&] { return simulation_text(simulation, console); });
    return 0;
}

int plan_command(Console& console, const Arguments& arguments) {
    if (arguments.has("--until")) return simulate_command(console, arguments);
    const Plan plan = plan_ahead(console.workplace(), request_of(console, arguments));
    const auto out = arguments.maybe("--out");
    if (out) write_plan(console.around().here / *out, plan);
    console.answer([&] { return to_json(plan); }, [&] {
        return plan_text(plan, console) + (out ? fmt::format("The plan is in {0}. To do exactly that: runbook apply {0}\n", *out) : "");
    });
    const bool tell = arguments.has("--detailed-exitcode") && plan.has_changes();
    return tell ? exit_status_of(ErrorCode::Changes) : 0;
}

int finish(Console& console, const TickDone& done) {
    console.finish_progress();
    console.answer([&] { return to_json(done); }, [&] { return tick_text(done, console); });
    return done.exit_status();
}

int apply_command(Console& console, const Arguments& arguments) {
    const fs::path file = console.around().here / arguments.text("FILE");
    const Plan plan = within(file.string(), [&] { return plan_from_json(read_text_file(file, kPlanBytesMax)); });
    return finish(console, apply_plan(console.workplace(), plan, console.progress(), console.cancel()));
}

NoticesDone tell(Console& console) { return tell_notices(console.workplace(), &notice_to_json, console.cancel()); }

int tick_command(Console& console, const Arguments& arguments) {
    TickDone done;
    try {
        done = tick(console.workplace(), request_of(console, arguments), console.progress(), console.cancel());
    } catch (const Error& error) {
        // What made the tick fail may be what somebody is to be told of.
        if (error.code != ErrorCode::Cancelled && error.code != ErrorCode::Usage && error.code != ErrorCode::BadPolicy) tell(console);
        throw;
    }
    if (!console.cancel().stop_requested()) done.notices = tell(console);
    return finish(console, done);
}

}  // namespace

std::vector<Command> plan_commands() {
    return {
        {.path = "plan",
         .summary = "dry run: what would be done and why; nothing is touched",
         .description = "Shows the jobs that are due, the points that would expire, and the reason for each. With --until it lives "
                        "through the time to come instead: points, worst gap between them, bytes in the store week by week.",
         .options = {{.name = "--until", .value = "DATE", .help = "simulate from now to this day"},
                     {.name = "--as-of", .value = "TIME", .help = "as if it were this time"},
                     {.name = "--out", .value = "FILE", .help = "write the plan, for runbook apply", .completes = Completes::File},
                     {.name = "--detailed-exitcode", .help = "exit status 2 where there is anything to do"},
                     kDatabaseOption,
                     kEnvironmentOption},
         .examples = {"runbook plan", "runbook plan --until 2027-01-01", "runbook plan --out tonight.plan && runbook apply tonight.plan"},
         .run = plan_command},
        {.path = "apply",
         .summary = "do exactly the plan in a file",
         .description = "Refuses (exit status 75) where the policy or what exists is no longer what the plan was made from.",
         .positionals = {{.name = "FILE", .help = "written by runbook plan --out", .completes = Completes::File}},
         .attests = Attests::Record,
         .run = apply_command},
        {.path = "tick",
         .summary = "run what is due, once; for cron or a systemd timer",
         .description = "Runs each slot at most once, across restarts and machines. Slots that were missed are made up for by one run. "
                        "Afterwards copies are made and points expire as the policy says; then what is wrong is told to those under `notify:`, "
                        "which takes a minute at most and changes nothing about the exit status.",
         .options = {kDatabaseOption, kEnvironmentOption},
         .examples = {"* * * * *  cd /srv/shop && runbook tick -q"},
         .attests = Attests::Record,
         .run = tick_command},
    };
}

}  // namespace holdfast
