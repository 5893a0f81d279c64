#include "dsl/actions/commands.hpp"
#include "dsl/actions/copies.hpp"
#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// No shell: the words are apart by blanks, and {path} is where the database is.
std::vector<std::string> words_of(const ActionContext& context, const std::string& command, const Place& place) {
    const std::string location = context.installation.providers.of(place.engine).address_for_programs(place).location;
    std::vector<std::string> words;
    for (std::string word : split(command, ' ')) {
        if (word.empty()) continue;
        if (const auto at = word.find("{path}"); at != std::string::npos) word.replace(at, 6, location);
        words.push_back(std::move(word));
    }
    if (!words.empty()) return words;
    throw Error(ErrorCode::Usage, "the migration's command is empty", "Give the program and its arguments, apart by blanks.");
}

std::string command_of(const ValueMap& arguments) { return argument(arguments, "command").text_or(""); }

// Anew each time: a copy on which it was tried before is no longer what the live database is.
ActionResult try_on_copy(const ActionContext& context, const ValueMap& arguments) {
    ActionResult result = restore_copy(context, target_of(context.installation, argument(arguments, "point")), true);
    const Place copy = place_of(context.installation, result.value);
    result.sentence = run_command_for(context, copy, words_of(context, command_of(arguments), copy)) + " on the copy " + copy.location;
    return result;
}

ActionResult run_on_live(const ActionContext& context, const ValueMap& arguments) {
    const Place live = live_place_of(database_spec_of(context.installation, argument(arguments, "of")));
    if (context.installation.is_drill && command_of(arguments).find("{path}") == std::string::npos) {
        throw Error(ErrorCode::NotPermitted, "the migration cannot be redirected: its command has no {path}", "Write {path} where the command names the database.");
    }
    std::string sentence = run_command_for(context, live, words_of(context, command_of(arguments), live));
    return {{}, sentence, 0, 0, fmt::format("migrated {}: {}", live.database.str(), printable(command_of(arguments), 120))};
}

}  // namespace

void add_migration_actions(ActionTable& table) {
    table.add({"migration.try", try_on_copy, nullptr});
    table.add({"migration.run", run_on_live, nullptr});
}

}  // namespace holdfast
