#include <thread>

#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/show_log.hpp"
#include "engine/cli/timeline_svg.hpp"
#include "engine/operations/take_backup.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

void tell_event(Console& console, const DatabaseName& database, const FollowEvent& event) {
    if (console.quiet() && event.kind != FollowEvent::Kind::Gap && event.kind != FollowEvent::Kind::Waiting) return;
    console.around().err << follow_event_text(database, event, console) << "\n" << std::flush;
}

// Those that are named, or all whose policy says `log: continuous`.
std::vector<DatabaseName> databases_to_follow(Console& console, const Arguments& arguments) {
    std::vector<DatabaseName> names;
    for (const std::string& name : arguments.all("DATABASE")) names.emplace_back(name);
    if (!names.empty()) return names;
    for (const DatabaseSpec& spec : console.policy().databases) {
        const BackupPolicy* policy = console.policy().policy(spec.policy);
        if (policy == nullptr) continue;
        for (const BackupRule& rule : policy->backups) {
            if (rule.kind == BackupKind::Log && std::holds_alternative<ContinuousSpec>(rule.when)) names.push_back(spec.name);
        }
    }
    if (names.empty()) {
        throw Error(ErrorCode::Usage, "there is nothing to follow: no database has `log: continuous`", "Name a database: runbook follow DATABASE");
    }
    return names;
}

int follow_command(Console& console, const Arguments& arguments) {
    const auto followed = follow_databases(
        console.workplace(), databases_to_follow(console, arguments),
        [&](const DatabaseName& database, const FollowEvent& event) { tell_event(console, database, event); }, {}, console.cancel());
    console.answer([&] { return to_json(followed); }, [&] { return followed_text(followed, console); });
    return 0;
}

// Follows in a thread of its own from before the command starts until after it has ended.
class FollowedCommand {
public:
    FollowedCommand(Console& console, const DatabaseName& database) : console_(console), database_(database) {
        Workplace& workplace = console.workplace();
        thread_ = std::thread([this, &workplace] { follow_it(workplace); });
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return started_ || ended_; });
    }
    ~FollowedCommand() {
        if (thread_.joinable()) finish();
    }
    // What is committed now is in the store when it returns. Throws what stopped the follower.
    std::vector<FollowedDatabase> finish_or_throw() {
        finish();
        if (failure_) throw Error(*failure_);
        return std::move(followed_);
    }
    void require_started() {
        {
            const std::lock_guard lock(mutex_);
            if (started_) return;
        }
        finish_or_throw();
    }

private:
    void follow_it(const Workplace& workplace) {
        try {
            auto followed = follow_databases(
                workplace, {database_}, [this](const DatabaseName& name, const FollowEvent& event) { tell_event(console_, name, event); },
                [this] { mark(started_); }, stop_.get_token());
            followed_ = std::move(followed);
        } catch (const Error& error) {
            failure_ = error;
        }
        mark(ended_);
    }
    void mark(bool& what) {
        const std::lock_guard lock(mutex_);
        what = true;
        changed_.notify_all();
    }
    void finish() {
        stop_.request_stop();
        thread_.join();
    }

    Console& console_;
    DatabaseName database_;
    std::stop_source stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool started_ = false, ended_ = false;
    std::optional<Error> failure_;
    std::vector<FollowedDatabase> followed_;
    std::thread thread_;
};

std::optional<BackupKind> backup_at_end(Console& console, const DatabaseName& database, const Arguments& arguments) {
    const auto text = arguments.maybe("--then");
    if (!text) return kind_after_exec(console.installation(), database);
    if (*text == "none") return std::nullopt;
    return *text == "full" ? BackupKind::Full : BackupKind::Incremental;
}

int exec_command(Console& console, const Arguments& arguments) {
    const DatabaseName database(arguments.text("DATABASE"));
    console.installation().database(database);
    FollowedCommand following(console, database);
    following.require_started();
    const int status = run_attached(arguments.all("COMMAND"), console.cancel());
    const auto followed = following.finish_or_throw();
    if (!console.quiet()) console.around().err << followed_text(followed, console) << std::flush;
    if (const auto kind = backup_at_end(console, database, arguments)) {
        const BackupNow request{.database = database, .kind = kind, .keep = {}, .why = "after " + arguments.all("COMMAND").front(), .reason = JobReason::ByHand, .idempotency_key = {}};
        const BackupDone done = take_backup(console.workplace(), request, console.progress(), {});
        console.finish_progress();
        if (!console.quiet()) console.around().err << fmt::format("{} point {}\n", name_of(done.point.kind), done.point.id.str()) << std::flush;
    }
    return status;
}

int log_command(Console& console, const Arguments& arguments) {
    LogAsked asked;
    asked.database = DatabaseName(arguments.text("DATABASE"));
    if (const auto text = arguments.maybe("--around")) asked.around = console.read_instant(*text);
    asked.limit = count_option(arguments, "--count", 20, 100'000);
    asked.with_tables = !arguments.has("--no-tables");
    const LogListing listing = list_log(console.workplace(), asked, console.cancel());
    console.answer([&] { return to_json(listing); }, [&] { return listing_text(asked, listing, console); });
    return 0;
}

int timeline_command(Console& console, const Arguments& arguments) {
    TimelineAsked asked;
    if (const auto name = arguments.maybe("DATABASE")) asked.database = DatabaseName(*name);
    if (const auto text = arguments.maybe("--since")) asked.since = console.read_instant(*text);
    if (const auto text = arguments.maybe("--as-of")) asked.as_of = console.read_instant(*text);
    const std::vector<TimelineRow> rows = timelines(console.workplace(), asked);
    const auto svg = arguments.maybe("--svg");
    if (svg) write_file_durably(console.around().here / *svg, as_bytes(timelines_svg(rows, console)));
    console.answer([&] { return to_json(rows); }, [&] {
        return timelines_text(rows, console) + (svg ? fmt::format("\nThe picture is in {}.\n", *svg) : "");
    });
    return 0;
}

}  // namespace

std::vector<Command> log_commands() {
    constexpr Positional kDatabase{.name = "DATABASE", .help = "the database's name in the policy", .completes = Completes::Database};
    return {
        {.path = "follow",
         .summary = "keep the log of databases in the repository, transaction by transaction",
         .description = "Runs in the foreground until it is stopped. Every transaction is in the store milliseconds after it was committed, and any of them "
                        "can be recovered. Takes a recovery point to begin with where there is nothing to go on with, and closes gaps by comparing "
                        "pages. Without a name, all databases whose policy says log: continuous. While SQLite is followed, its journal_mode cannot be changed.",
         .positionals = {{.name = "DATABASE", .help = "the database's name in the policy", .required = false, .repeated = true, .completes = Completes::Database}},
         .examples = {"runbook follow orders"},
         .run = follow_command},
        {.path = "exec",
         .summary = "run a command and follow a database while it runs",
         .description = "The database is followed from before the command starts until after it has ended, so nothing that it commits is lost. "
                        "The exit status is the command's.",
         .positionals = {kDatabase, {.name = "COMMAND", .help = "the command and its arguments, after --", .repeated = true}},
         .options = {{.name = "--then", .value = "KIND", .help = "take this backup when the command has ended, or none; otherwise what the policy says (after_exec)", .completes = Completes::Words, .words = "full incremental none"}},
         .examples = {"runbook exec orders -- ./orders-api --port 8080", "runbook exec orders --then full -- ./orders-api"},
         .run = exec_command},
        {.path = "log",
         .summary = "list transactions: when, and what they did to which tables",
         .description = "The newest ones, or those around a moment. What stands under TRANSACTION can be given to --before everywhere: "
                        "everything before that transaction is brought back, and nothing of it.",
         .positionals = {kDatabase},
         .options = {{.name = "--around", .value = "TIME", .help = "those nearest to this moment"},
                     {.name = "--count", .value = "N", .help = "how many; otherwise 20", .letter = "-n"},
                     {.name = "--no-tables", .help = "do not look up which tables were touched"}},
         .examples = {"runbook log orders --around \"2026-11-20 14:05\""},
         .run = log_command},
        {.path = "timeline",
         .summary = "what can be recovered, to the second, with holes and their cause",
         .positionals = {{.name = "DATABASE", .help = "only this one", .required = false, .completes = Completes::Database}},
         .options = {{.name = "--since", .value = "TIME", .help = "from this moment on"},
                     {.name = "--as-of", .value = "TIME", .help = "as if it were this time"},
                     {.name = "--svg", .value = "FILE", .help = "draw it as well", .completes = Completes::File}},
         .examples = {"runbook timeline", "runbook timeline orders --since \"7d ago\" --svg orders.svg"},
         .run = timeline_command},
    };
}

}  // namespace holdfast
