#include <algorithm>
#include <charconv>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_plan.hpp"
#include "engine/cli/show_point.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int list_command(Console& console, const Arguments& arguments) {
    const auto points = list_points(console.workplace(), {database_option(arguments), environment_option(arguments), arguments.maybe("--policy-commit"), arguments.has("--old-rules")});
    console.answer([&] { return to_json(points); }, [&] { return points_text(points, console); });
    return 0;
}

int expired_command(Console& console, const Arguments& arguments) {
    const auto points = list_gone_points(console.workplace(), database_option(arguments));
    console.answer([&] { return to_json(points); }, [&] { return gone_points_text(points, console); });
    return 0;
}

int show_command(Console& console, const Arguments& arguments) {
    const PointDetails details = show_point(console.workplace(), arguments.text("POINT"));
    console.answer([&] { return to_json(details); }, [&] { return point_text(details, console); });
    return 0;
}

double read_share(const std::string& text) {
    double percent = 0;
    const std::string_view digits = text.ends_with("%") ? std::string_view(text).substr(0, text.size() - 1) : std::string_view(text);
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
    if (text.ends_with("%") && problem == std::errc{} && end == digits.data() + digits.size() && percent > 0 && percent <= 100) {
        return percent / 100.0;
    }
    throw Error(ErrorCode::Usage, fmt::format("--sample: {} is not a share", printable(text, 40)), "Write a percentage, such as 5%.");
}

int verify_command(Console& console, const Arguments& arguments) {
    VerifyAsked asked{arguments.maybe("POINT"), database_option(arguments), 1.0};
    if (const auto share = arguments.maybe("--sample")) asked.sample = read_share(*share);
    const VerifyOutcome outcome = verify_catalog(console.workplace(), asked, console.progress(), console.cancel());
    console.finish_progress();
    console.answer([&] { return to_json(outcome); }, [&] { return verification_text(outcome, console); });
    if (outcome.ok() || outcome.damaged()) return outcome.ok() ? 0 : exit_status_of(ErrorCode::Findings);
    // Nothing damaged was seen, but not everything could be looked at.
    const auto unread = std::ranges::find_if(outcome.stores, [](const VerifyOutcome::PerStore& store) { return !store.error.empty(); });
    return exit_status_of(unread->code);
}

int pin_command(Console& console, const Arguments& arguments) {
    const RecoveryPoint point = pin_point(console.workplace(), arguments.text("POINT"), period_option(arguments, "--keep"));
    console.answer([&] { return to_json(std::vector{point}); }, [&] {
        const std::string until = point.keep_until && !point.pinned ? fmt::format("until {}", console.local_and_utc(*point.keep_until))
                                                                    : "until it is unpinned";
        return fmt::format("{} is kept {}, whatever retention says.\n", point.id.str(), until);
    });
    return 0;
}

int unpin_command(Console& console, const Arguments& arguments) {
    const RecoveryPoint point = unpin_point(console.workplace(), arguments.text("POINT"));
    console.answer([&] { return to_json(std::vector{point}); },
                   [&] { return fmt::format("{} stays as long as retention says: runbook catalog show {}\n", point.id.str(), point.id.str()); });
    return 0;
}

int rebuild_command(Console& console, const Arguments& arguments) {
    std::set<StoreName> lost;
    for (const std::string& name : arguments.all("--lost")) lost.emplace(name);
    const RebuildReport report = rebuild(console.workplace(), lost, console.progress(), console.cancel());
    console.finish_progress();
    console.answer([&] { return to_json(report); }, [&] { return rebuild_text(report, console); });
    return report.ok() ? 0 : exit_status_of(ErrorCode::Unavailable);
}

int expire_command(Console& console, const Arguments& arguments) {
    const ExpirePlan plan = plan_expiry(console.workplace(), database_option(arguments), environment_option(arguments));
    if (arguments.has("--dry-run")) {
        console.answer([&] { return to_json(plan); }, [&] { return expiry_plan_text(plan, console); });
        return 0;
    }
    if (console.is_text()) console.around().out << expiry_plan_text(plan, console) << std::flush;
    if (plan.to_expire > 0) {
        console.confirm(fmt::format("Remove {} for good?", counted(plan.to_expire, "point")), arguments.has("--yes"));
    }
    const ExpireOutcome outcome = expire(console.workplace(), plan, console.progress(), console.cancel());
    console.finish_progress();
    console.answer([&] { return to_json(outcome); }, [&] { return expiry_text(outcome); });
    return outcome.refused.empty() ? 0 : exit_status_of(ErrorCode::Findings);
}

}  // namespace

std::vector<Command> catalog_commands() {
    const Positional point{.name = "POINT", .help = "a recovery point's id, or the beginning of it", .completes = Completes::Point};
    Positional maybe_point = point;
    maybe_point.required = false;
    return {
        {.path = "catalog list",
         .summary = "recovery points, newest first",
         .description = "Each point carries the commit and hash of the policy under which it was made: --policy-commit and --old-rules ask for them.",
         .options = {kDatabaseOption, kEnvironmentOption,
                     {.name = "--policy-commit", .value = "COMMIT", .help = "only those made under this commit of the policy folder; none: made outside git"},
                     {.name = "--old-rules", .help = "only those made under a policy that says something else than today's"}, kFromOption, kStoreKeyOption},
         .examples = {"runbook catalog list --policy-commit 3f9c1d2", "runbook catalog list --old-rules"},
         .run = list_command},
        {.path = "catalog expired",
         .summary = "recovery points that have gone, when and why",
         .description = "Nothing brings them back; the record of them stays, so that `comply check --as-of` and `timeline --as-of` say the same of a past time ever after.",
         .options = {kDatabaseOption},
         .run = expired_command},
        {.path = "catalog show",
         .summary = "everything about one recovery point, and why it stays",
         .positionals = {point},
         .run = show_command},
        {.path = "catalog verify",
         .summary = "read everything back and name every damaged byte",
         .description = "Reads what the recovery points need from every store that holds them, checks each byte, and records the "
                        "result. Exit status: 0 sound, 1 damaged, above that a store that could not be read.",
         .positionals = {maybe_point},
         .options = {{.name = "--sample", .value = "SHARE", .help = "read only this share of the packs, such as 5%"}, kDatabaseOption},
         .attests = Attests::Record,
         .run = verify_command},
        {.path = "catalog pin",
         .summary = "keep a recovery point whatever retention says",
         .positionals = {point},
         .options = {{.name = "--keep", .value = "SPAN", .help = "only for so long, such as 30d; otherwise until it is unpinned"}},
         .run = pin_command},
        {.path = "catalog unpin", .summary = "let retention decide again", .positionals = {point}, .run = unpin_command},
        {.path = "catalog rebuild",
         .summary = "make the catalog's points again from the stores",
         .description = "For when the state folder was lost, or when another machine has written to a store. The history of jobs and "
                        "the audit chain are not in the stores and stay as they are. The points of a store that holds no repository "
                        "any more are forgotten only where it is named as lost: it may just not be mounted.",
         .options = {{.name = "--lost", .value = "STORE", .help = "this store's content is lost for good: forget its points", .repeated = true}},
         .run = rebuild_command},
        {.path = "expire",
         .summary = "remove what retention lets go, with reasons",
         .description = "Shows every recovery point with the reason why it stays or goes, asks, then removes those that go. The last "
                        "sound points (at_least), pinned ones and those that a store still lacks are never removed.",
         .options = {{.name = "--dry-run", .help = "only show"}, kYesOption, kDatabaseOption, kEnvironmentOption},
         .examples = {"runbook expire --dry-run"},
         .run = expire_command},
    };
}

}  // namespace holdfast
