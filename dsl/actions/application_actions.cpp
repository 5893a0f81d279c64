#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

ActionResult run_command(const ActionContext& context, const DatabaseSpec& database, const std::vector<std::string>& argv, std::string_view verb) {
    if (argv.empty()) {
        throw Error(ErrorCode::Usage, fmt::format("the policy does not say how to {} the application of {}", verb, database.name.str()),
                    fmt::format("Add application: {{ {}: [\"command\", \"argument\"] }} to the database.", verb));
    }
    ProcessOptions options;
    options.add_environment["HOLDFAST_DATABASE"] = database.name.str();
    options.cancel = context.cancel;
    const ProcessResult result = run_process(argv, options);
    if (!result.ok()) {
        throw Error(ErrorCode::Unavailable, fmt::format("{} ended with status {}: {}", printable(join(argv, " "), 120), result.exit_status,
                                                        printable(trim(result.errors), 300)),
                    "Mend the command or the application, then resume the run.");
    }
    std::string sentence = fmt::format("{} ended well", printable(join(argv, " "), 120));
    return {{}, sentence, 0, 0, fmt::format("ran {}", printable(join(argv, " "), 120))};
}

ActionResult stop_application(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& database = database_spec_of(context.installation, argument(arguments, "of"));
    return run_command(context, database, database.application.stop, "stop");
}

ActionResult start_application(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& database = database_spec_of(context.installation, argument(arguments, "of"));
    return run_command(context, database, database.application.start, "start");
}

}  // namespace

void add_application_actions(ActionTable& table) {
    table.add({"application.stop", stop_application, nullptr});
    table.add({"application.start", start_application, nullptr});
}

}  // namespace holdfast
