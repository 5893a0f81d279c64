#include "dsl/actions/commands.hpp"
#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "engine/job/verify_points.hpp"
#include "engine/recovery/record_work.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kProblemsShown = 20;

std::string name_of_place(const Place& place) { return place.is_copy ? place.location : place.database.str(); }

ActionResult check_integrity(const ActionContext& context, const ValueMap& arguments) {
    const Place place = place_of(context.installation, argument(arguments, "of"));
    const auto* wanted = argument(arguments, "want_sound").as<bool>();
    const Duration began = context.installation.clock.steady();
    const IntegrityReport report = context.installation.providers.of(place.engine)
                                       .check_integrity(place, {context.installation.clock, context.progress, context.cancel});
    if (place.is_copy) record_work(context.installation, {WorkKind::Check, place.database, place.engine, {}, bytes_at(place)}, began);
    ValueList shown;
    for (std::size_t i = 0; i < std::min(report.problems.size(), kProblemsShown); ++i) {
        shown.emplace_back(printable(fmt::format("{}: {}", report.problems[i].where, report.problems[i].what)));
    }
    if (!report.sound() && (wanted == nullptr || *wanted)) {
        throw Error(ErrorCode::Corrupt, fmt::format("{} is not sound: {}: {}", name_of_place(place), counted(report.problem_count, "problem"),
                                                    shown.empty() ? "" : for_people(shown.front())),
                    place.is_copy ? "Try an earlier recovery point." : "");
    }
    const std::string sentence = report.sound() ? fmt::format("sound ({})", join(report.checks, ", "))
                                                : fmt::format("{} found", counted(report.problem_count, "problem"));
    return {Record{"integrity", {{"sound", report.sound()}, {"problems", report.problem_count}, {"shown", std::move(shown)}}}, sentence, 0, 0, ""};
}

ActionResult verify_point(const ActionContext& context, const ValueMap& arguments) {
    const RecoveryPoint point = point_of(context.installation, argument(arguments, "point"));
    const VerifyOutcome outcome = verify_points(context.installation, {{point.id}, 1.0, std::nullopt}, context.progress, context.cancel);
    std::uint64_t bytes = 0;
    std::vector<std::string> sound_in, problems;
    for (const auto& store : outcome.stores) {
        bytes += store.report.bytes;
        if (!store.error.empty()) problems.push_back(fmt::format("{}: {}", store.store.str(), store.error));
        else if (store.report.ok()) sound_in.push_back(store.store.str());
        else problems.push_back(fmt::format("{}: {} in {}", store.store.str(), counted(store.report.damage.size(), "damaged piece"),
                                            store.report.damage.front().object));
    }
    // One store that has every byte is enough to restore from.
    if (sound_in.empty()) {
        throw Error(ErrorCode::CannotRecover, fmt::format("point {} is not whole in any store: {}", point.id.str(), printable(join(problems, "; "), 600)),
                    "Choose an earlier point with --before.");
    }
    const std::string note = fmt::format("every byte is there in {}{}{}", join(sound_in, ", "), problems.empty() ? "" : "; but ", join(problems, "; "));
    return {Record{"verification", {{"sound", true}, {"note", note}}}, note, bytes, 0, ""};
}

// The probe's first value decides: anything but NULL, 0, false and the empty text is yes.
std::string ask_by_sql(const ActionContext& context, const Place& place, const std::string& sql) {
    const auto answer = context.installation.providers.of(place.engine).ask(place, sql);
    if (answer && !answer->empty() && *answer != "0" && *answer != "f") return fmt::format("the probe says {}", printable(*answer, 60));
    throw Error(ErrorCode::CannotRecover, fmt::format("the probe of {} says {}", name_of_place(place), answer ? printable(*answer, 60) : "NULL"),
                "Look at the data before the application uses it.");
}

std::string ask_by_command(const ActionContext& context, const Place& place, const std::vector<std::string>& argv) {
    const ProcessResult result = run_process(argv, options_for(context, place));
    if (result.ok()) return fmt::format("{} agrees", argv.front());
    throw Error(ErrorCode::CannotRecover, fmt::format("the probe {} ended with status {}: {}", argv.front(), result.exit_status, printable(result.errors, 300)),
                "Look at the data before the application uses it.");
}

ActionResult verify_application(const ActionContext& context, const ValueMap& arguments) {
    const Place place = place_of(context.installation, argument(arguments, "of"));
    const ApplicationSpec& application = context.installation.database(place.database).application;
    const bool none = !application.probe_sql && application.probe_command.empty();
    if (none && context.installation.is_drill) {
        const std::string note = "left out in a drill: the policy has no probe by SQL";
        return {Record{"verification", {{"sound", true}, {"note", note}}}, note, 0, 0, ""};
    }
    if (none && context.installation.from_store_alone) {
        const std::string note = fmt::format("left to you, as there is no policy here: look whether the application works with {}", name_of_place(place));
        return {Record{"verification", {{"sound", true}, {"note", note}}}, note, 0, 0, ""};
    }
    if (none) {
        throw Error(ErrorCode::Usage, fmt::format("the policy has no probe for {}", place.database.str()),
                    "Add application: { probe: { sql: \"select …\" } } to the database.");
    }
    std::string note;
    if (application.probe_sql) note = ask_by_sql(context, place, *application.probe_sql);
    if (!application.probe_command.empty()) {
        note += (note.empty() ? "" : "; ") + ask_by_command(context, place, application.probe_command);
    }
    return {Record{"verification", {{"sound", true}, {"note", note}}}, note, 0, 0, ""};
}

}  // namespace

void add_verify_actions(ActionTable& table) {
    table.add({"verify.integrity", check_integrity, nullptr});
    table.add({"verify.point", verify_point, nullptr});
    table.add({"verify.application", verify_application, nullptr});
}

}  // namespace holdfast
