#include "dsl/actions/commands.hpp"

#include <condition_variable>
#include <mutex>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// An application that was told to stop needs a moment to be gone.
constexpr Duration kGoneWithin{10'000};
constexpr Duration kLookEvery{200};

void wait(Duration time, const CancelToken& cancel) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, cancel, time, [] { return false; });
    throw_if_cancelled(cancel);
}

// Nothing: nobody uses it.
std::optional<Error> used_by(const ActionContext& context, const DatabaseSpec& database) {
    if (!fs::exists(database.path)) return std::nullopt;
    try {
        context.installation.providers.of(database.engine).guard_target(database.path, true);
        return std::nullopt;
    } catch (const Error& error) {
        if (error.code != ErrorCode::Busy) throw;
        return error;
    }
}

const std::vector<std::string>& command_of(const ApplicationSpec& application, std::string_view verb) {
    return verb == "stop" ? application.stop : verb == "start" ? application.start : application.repoint;
}

}  // namespace

ProcessOptions options_for(const ActionContext& context, const Place& place) {
    const ProgramAddress address = context.installation.providers.of(place.engine).address_for_programs(place);
    ProcessOptions options;
    options.add_environment = address.variables;
    options.add_environment["HOLDFAST_DATABASE"] = place.database.str();
    options.add_environment["HOLDFAST_LOCATION"] = address.location;
    options.cancel = context.cancel;
    return options;
}

std::string run_command_for(const ActionContext& context, const Place& place, const std::vector<std::string>& argv) {
    const ProcessResult result = run_process(argv, options_for(context, place));
    const std::string command = printable(join(argv, " "), 120);
    if (result.ok()) return command + " ended well";
    throw Error(ErrorCode::Unavailable, fmt::format("{} ended with status {}: {}", command, result.exit_status, printable(trim(result.errors), 300)),
                "Mend the command or the application, then resume the run.");
}

ActionResult run_application_command(const ActionContext& context, const Place& place, std::string_view verb, const std::string& by_hand) {
    const std::vector<std::string>& argv = command_of(context.installation.database(place.database).application, verb);
    // It would reach the real application: the database of a drill has none.
    if (context.installation.is_drill) return {{}, fmt::format("left out in a drill, where no application uses the database: {}", by_hand), 0, 0, ""};
    if (argv.empty() && context.installation.from_store_alone) return {{}, "left to you, as there is no policy here: " + by_hand, 0, 0, ""};
    if (argv.empty()) {
        throw Error(ErrorCode::Usage, fmt::format("the policy does not say how to {} the application of {}", verb, place.database.str()),
                    fmt::format("Add application: {{ {}: [\"command\", \"argument\"] }} to the database, then resume the run.", verb));
    }
    std::string sentence = run_command_for(context, place, argv);
    return {{}, sentence, 0, 0, fmt::format("ran {}", printable(join(argv, " "), 120))};
}

void with_application_stopped(const ActionContext& context, const DatabaseSpec& database, const std::function<void()>& work) {
    try {
        return work();
    } catch (const Error& error) {
        if (error.code != ErrorCode::Busy || !database.path.empty() || database.application.stop.empty()) throw;
    }
    run_command_for(context, live_place_of(database), database.application.stop);
    work();
}

void make_unused(const ActionContext& context, const DatabaseSpec& database) {
    auto used = used_by(context, database);
    if (!used) return;
    if (database.application.stop.empty()) throw *used;
    run_command_for(context, live_place_of(database), database.application.stop);
    for (Duration waited{0}; waited < kGoneWithin; waited += kLookEvery) {
        used = used_by(context, database);
        if (!used) return;
        wait(kLookEvery, context.cancel);
    }
    throw *used;
}

}  // namespace holdfast
