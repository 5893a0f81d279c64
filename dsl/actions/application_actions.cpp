#include "dsl/actions/commands.hpp"
#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

Place live_of(const ActionContext& context, const ValueMap& arguments) {
    return live_place_of(database_spec_of(context.installation, argument(arguments, "of")));
}

ActionResult stop_application(const ActionContext& context, const ValueMap& arguments) {
    return run_application_command(context, live_of(context, arguments), "stop", "stop the application");
}

ActionResult start_application(const ActionContext& context, const ValueMap& arguments) {
    return run_application_command(context, live_of(context, arguments), "start", "start the application");
}

ActionResult repoint(const ActionContext& context, const ValueMap& arguments) {
    Place to = place_of(context.installation, argument(arguments, "to"));
    to.database = live_of(context, arguments).database;
    const std::string where = context.installation.providers.of(to.engine).address_for_programs(to).location;
    return run_application_command(context, to, "repoint", fmt::format("point the application at {}", where));
}

ActionResult repoint_back(const ActionContext& context, const ValueMap& arguments) {
    return run_application_command(context, live_of(context, arguments), "repoint", "point the application back at where its database was");
}

}  // namespace

void add_application_actions(ActionTable& table) {
    table.add({"application.stop", stop_application, nullptr});
    table.add({"application.start", start_application, nullptr});
    table.add({"application.repoint", repoint, nullptr});
    table.add({"application.repoint_back", repoint_back, nullptr});
}

}  // namespace holdfast
