#include "engine/operations/drill.hpp"

#include <algorithm>
#include <random>

#include "dsl/load/parameters.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/operations/drill_checks.hpp"
#include "engine/operations/drill_world.hpp"
#include "engine/operations/plan_ahead.hpp"
#include "engine/recovery/open_state.hpp"
#include "engine/recovery/record_work.hpp"
#include "engine/schedule/calendar.hpp"
#include "engine/schedule/occurrences.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kRandom = "random:";

// One database to be drilled.
struct Drilling {
    const Workplace& workplace;
    const DrillSpec* spec;              // nullptr: by hand.
    const DatabaseSpec& database;
    const Runbook& book;
    const DrillAsked& asked;
    const RunHooks& hooks;

    const Installation& real() const { return workplace.installation(); }
    fs::path folders() const { return real().state / "drills"; }
};

std::size_t choose_at_random(std::size_t count) {
    std::random_device source;
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(source);
}

// What the drill is to bring back: a point, since row counts are known of points.
RecoveryPoint choose_point(const Drilling& drill) {
    std::vector<RecoveryPoint> states = drill.real().catalog.points(drill.database.name);
    std::erase_if(states, [](const RecoveryPoint& point) { return (point.kind != BackupKind::Full && point.kind != BackupKind::Incremental) || point.soundness == Soundness::Damaged; });
    const auto& text = drill.asked.point;
    std::optional<Period> within = text || drill.spec == nullptr ? std::nullopt : drill.spec->random_within;
    if (text && text->starts_with(kRandom)) {
        within = parse_period(std::string_view(*text).substr(kRandom.size()));
        if (!within) throw Error(ErrorCode::Usage, fmt::format("--point: {} names no span", printable(*text, 60)), "Write for example random:30d.");
    }
    if (within) {
        const Instant since = before_by(drill.real().clock.now(), *within, TimeZone::require(drill.real().policy.timezone));
        std::erase_if(states, [&](const RecoveryPoint& point) { return point.instant < since; });
    } else if (text) {
        std::erase_if(states, [&](const RecoveryPoint& point) { return !point.id.str().starts_with(*text); });
    }
    if (states.empty()) throw Error(ErrorCode::CannotRecover, "there is no sound recovery point to bring back", fmt::format("See: runbook catalog list --database {}", drill.database.name.str()));
    return within ? states.at((drill.asked.choose ? drill.asked.choose : choose_at_random)(states.size())) : states.front();
}

// The runbook's own parameters, with what a drill decides: the database, the moment, and a place in scratch.
Value parameters_of(const Drilling& drill, const DrillWorld& world, const RecoveryPoint& point) {
    auto given = split_arguments(drill.book, drill.asked.arguments);
    bool has_before = false;
    for (const ParameterDefinition& parameter : drill.book.params) {
        if (parameter.type == ParameterType::Database) given[parameter.name] = {drill.database.name.str()};
        if (parameter.type == ParameterType::Location && !given.contains(parameter.name)) given[parameter.name] = {world.elsewhere().string()};
        if (parameter.type != ParameterType::Moment || parameter.name != "before") continue;
        given[parameter.name] = {to_rfc3339(point.instant + Duration(1))};
        has_before = true;
    }
    const bool is_newest = drill.real().catalog.points(drill.database.name).front().id == point.id;
    if (!has_before && !is_newest) {
        throw Error(ErrorCode::Usage, fmt::format("{} takes no --before: it can only be drilled with the newest point", drill.book.name), "Leave out --point.");
    }
    const ParameterContext context{world.installation().policy, [](const std::string& text) { return parse_rfc3339(text).value(); }, {}};
    return read_parameters(drill.book, given, context);
}

std::optional<Duration> limit_of(const Drilling& drill) {
    const auto& rto = drill.real().environment_of(drill.database).rto;
    if (drill.spec == nullptr || drill.spec->finish_within_rto) return rto;
    return drill.spec->finish_within;
}

DrillRecord begun(const Drilling& drill) {
    const Provenance& from = drill.real().provenance;
    DrillRecord record;
    record.started = drill.real().clock.now();
    record.id = new_ulid(to_millis(record.started));
    record.drill = drill.spec == nullptr ? "" : drill.spec->name;
    record.database = drill.database.name;
    record.runbook = drill.book.name;
    record.runbook_hash = drill.book.hash;
    record.limit = limit_of(drill);
    record.policy_commit = from.policy_commit;
    record.policy_hash = from.policy_hash;
    record.host = from.host;
    record.user = from.user;
    return record;
}

void keep_measurements(const DrillWorld& world, const Installation& real) {
    for (const Measurement& one : world.installation().catalog.measurements({WorkKind::Restore, WorkKind::Replay, WorkKind::Check}, Instant{}, real.clock.now())) {
        real.catalog.record_measurement(one);
    }
}

// Runs the book and looks at what it has brought back. Everything that goes wrong is a check that failed.
void rehearse_for_real(const Drilling& drill, const fs::path& folder, DrillRecord& record) {
    const RecoveryPoint point = choose_point(drill);
    record.point = point.id;
    record.state_of = point.instant;
    record.point_digest = digest_of_point(drill.real(), point.copies.at(0), point.database, point.id);
    const DrillWorld world(drill.workplace, drill.database, folder);
    const std::string staged = stage_disaster(world, disaster_answered_by(drill.real().policy, drill.book.name), target_of_point(point), drill.hooks.progress, drill.hooks.cancel);
    const Value parameters = parameters_of(drill, world, point);
    const RunHooks hooks{.on_event = drill.hooks.on_event, .ask = {}, .yes = true, .progress = drill.hooks.progress, .cancel = drill.hooks.cancel};
    const Duration began = drill.real().clock.steady();
    const RunbookOutcome outcome = Runner(world.installation(), default_actions()).start(drill.book, parameters, hooks);
    record.took = drill.real().clock.steady() - began;
    throw_if_cancelled(drill.hooks.cancel);
    const bool done = outcome.state == RunState::Done;
    record.checks.push_back({"runbook", done, done ? fmt::format("{} ran to its end; {}", drill.book.name, staged) : fmt::format("{}: {}", name_of(outcome.state), outcome.message)});
    if (done) {
        const auto demanded = drill.spec == nullptr ? std::vector<std::string>{} : drill.spec->checks;
        for (DrillCheck& check : check_drilled(world, point, demanded, drill.hooks.progress, drill.hooks.cancel)) record.checks.push_back(std::move(check));
        if (record.limit) record.checks.push_back({"time", record.took <= *record.limit, fmt::format("{}, {} are allowed", for_people(record.took), to_text(*record.limit))});
    }
    keep_measurements(world, drill.real());
}

// Scratch copies that were kept long enough, and what killed drills have left. Ids begin with their time.
void sweep_scratch(const Installation& real) {
    const std::string oldest = new_ulid(to_millis(real.clock.now() - kDrillKeptFor)).substr(0, 10);
    std::error_code nothing;
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(real.state / "drills", nothing)) {
        if (entry.path().filename().string().substr(0, 10) < oldest) old.push_back(entry.path());
    }
    for (const fs::path& folder : old) {
        end_scratch_servers(real.providers, folder);   // A drill that was killed could not.
        fs::remove_all(folder, nothing);
        real.catalog.forget_kept(folder.filename().string());
    }
}

DrillRecord run_one(const Drilling& drill) {
    DrillRecord record = begun(drill);
    const fs::path folder = drill.folders() / record.id;
    std::error_code ignored;
    try {
        rehearse_for_real(drill, folder, record);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::Usage || error.code == ErrorCode::Unavailable) {
            fs::remove_all(folder, ignored);
            throw;
        }
        record.checks.push_back({"runbook", false, error.message});
    }
    record.finished = drill.real().clock.now();
    const auto failed = std::ranges::find(record.checks, false, &DrillCheck::passed);
    record.passed = failed == record.checks.end();
    if (record.passed) {
        fs::remove_all(folder, ignored);
    } else {
        record.why = fmt::format("{}: {}", failed->name, failed->detail);
        if (fs::exists(folder)) record.kept = folder.string();
    }
    drill.real().catalog.record_drill(record);
    drill.real().catalog.audit("drill", record.database.str(), fmt::format("{} {} with point {}{}", record.runbook, record.passed ? "passed" : "failed", record.point ? record.point->str() : "none",
                                                                           record.passed ? "" : ": " + printable(record.why, 200)));
    return record;
}

bool covers(const DrillSpec& drill, const DatabaseSpec& database) {
    if (drill.environment) return *drill.environment == database.environment;
    return std::ranges::find(drill.databases, database.name) != drill.databases.end();
}

}  // namespace

bool all_passed(const std::vector<DrillRecord>& drills) { return std::ranges::all_of(drills, &DrillRecord::passed); }

std::vector<DrillRecord> run_drills(const Workplace& workplace, const DrillAsked& asked, const RunHooks& hooks) {
    const Policy& policy = workplace.policy();
    const auto named = std::ranges::find(policy.drills, asked.name, &DrillSpec::name);
    const DrillSpec* spec = named == policy.drills.end() ? nullptr : &*named;
    if (asked.database) require_database(policy, *asked.database);
    if (spec == nullptr && !asked.database) {
        throw Error(ErrorCode::Usage, fmt::format("{} is no drill of the policy: which database is meant?", printable(asked.name, 60)), "Give it with --database.");
    }
    const Runbook book = find_runbook(spec == nullptr ? asked.name : spec->runbook, workplace.runbook_folders());
    sweep_scratch(workplace.installation());
    std::vector<DrillRecord> done;
    for (const DatabaseSpec& database : policy.databases) {
        if (asked.database ? database.name != *asked.database : !covers(*spec, database)) continue;
        done.push_back(run_one({workplace, spec, database, book, asked, hooks}));
    }
    return done;
}

std::vector<DrillRecord> run_due_drills(const Workplace& workplace, const std::optional<DatabaseName>& only, const RunHooks& hooks) {
    const Instant now = workplace.built().clock.now();
    const TimeZone zone = TimeZone::require(workplace.policy().timezone);
    std::vector<DrillRecord> done;
    for (const DrillSpec& spec : workplace.policy().drills) {
        const auto slot = Occurrences(spec.when, zone).last_at_or_before(now);
        if (!slot || *slot <= workplace.catalog().watching_since()) continue;
        for (const DatabaseSpec& database : workplace.policy().databases) {
            if (!covers(spec, database) || (only && database.name != *only)) continue;
            const std::vector<DrillRecord> before = workplace.catalog().drills(database.name);
            if (std::ranges::any_of(before, [&](const DrillRecord& one) { return one.drill == spec.name && one.started >= *slot; })) continue;
            DrillAsked asked{.name = spec.name};
            asked.database = database.name;
            for (DrillRecord& record : run_drills(workplace, asked, hooks)) done.push_back(std::move(record));
        }
    }
    return done;
}

}  // namespace holdfast
