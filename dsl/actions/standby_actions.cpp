#include <algorithm>

#include "dsl/actions/commands.hpp"
#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/provider/standby.hpp"
#include "engine/recovery/wal_log.hpp"

namespace holdfast {
namespace {

const DatabaseSpec& spec_of(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& spec = database_spec_of(context.installation, argument(arguments, "of"));
    if (context.installation.is_drill) {
        throw Error(ErrorCode::Unavailable, "a failover cannot be drilled: there is only one standby, and it would be gone", "Try it on a copy of the whole setting.");
    }
    if (!spec.standby.connection.empty()) return spec;
    throw Error(ErrorCode::Usage, fmt::format("the policy names no standby of {}", spec.name.str()),
                fmt::format("Add to databases.{}: standby: {{ connection: \"…\", fence: [\"command\", \"argument\"] }}", spec.name.str()));
}

StandbyEngine& engine_of(const ActionContext& context, const DatabaseSpec& spec) { return standby_engine_of(context.installation.providers.of(spec.engine)); }

// Nothing: it does not answer, and why.
std::optional<PrimaryState> primary_of(const ActionContext& context, const DatabaseSpec& spec, std::string& why) {
    try {
        return engine_of(context, spec).look_at_primary(spec.connection, context.cancel);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        why = error.message;
        return std::nullopt;
    }
}

// How far the log in the stores goes: what was committed on a primary that is gone may be there.
Lsn end_in_stores(const ActionContext& context, const DatabaseSpec& spec, std::uint64_t system) {
    Lsn end;
    for (const WalLog& log : wal_logs(context.installation, spec.name)) {
        if (log.branch().system != system) continue;
        for (const WalRun& run : log.runs()) end = std::max(end, run.end);
    }
    return end;
}

void require_standby(const DatabaseSpec& spec, const StandbyState& state, const std::optional<PrimaryState>& primary) {
    if (!state.in_recovery) {
        throw Error(ErrorCode::CannotRecover, fmt::format("the standby of {} is not in recovery: it is a primary already, on timeline {}", spec.name.str(), state.timeline),
                    fmt::format("Nothing is left to promote. If it is the database now, name it in databases.{}.connection.", spec.name.str()));
    }
    // Said before the old primary is fenced: then it would be too late to grant it.
    if (!state.may_promote) {
        throw Error(ErrorCode::NotPermitted, fmt::format("the role {} may not promote the standby of {}", state.user, spec.name.str()),
                    fmt::format("Grant it on the primary, as an administrator: GRANT EXECUTE ON FUNCTION pg_promote TO \"{}\";", state.user));
    }
    if (primary && primary->system != state.system) {
        throw Error(ErrorCode::CannotRecover, fmt::format("the standby of {} is a copy of another cluster ({}, not {})", spec.name.str(), state.system, primary->system), "Check databases.*.standby.connection.");
    }
}

std::string lag_in_words(std::uint64_t lacking) { return lacking == 0 ? "it has everything that is known of" : fmt::format("it lacks {} of the log", format_bytes(lacking)); }

ActionResult look(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& spec = spec_of(context, arguments);
    const StandbyState state = engine_of(context, spec).look_at_standby(spec.standby.connection, context.cancel);
    std::string silent;
    const auto primary = primary_of(context, spec, silent);
    require_standby(spec, state, primary);
    const Lsn in_stores = end_in_stores(context, spec, state.system);
    const Lsn known = std::max({state.received, in_stores, primary ? primary->written : Lsn{}});
    const std::uint64_t lacking = known.bytes - state.received.bytes;
    ValueList shown;
    shown.emplace_back("This cannot be taken back: once the standby takes writes, the old primary is no part of it any more and has to be made anew.");
    shown.emplace_back(fmt::format("the standby (PostgreSQL {}) has received {} and replayed {}{}", state.version, to_text(state.received), to_text(state.replayed),
                                   state.is_receiving ? ", and is receiving" : ", and receives nothing"));
    if (state.last_commit) shown.emplace_back(fmt::format("the last commit that it has replayed is of {}", to_rfc3339(*state.last_commit)));
    shown.emplace_back(primary ? fmt::format("the primary answers and has written {}", to_text(primary->written)) : fmt::format("the primary does not answer: {}", printable(silent, 200)));
    if (in_stores != Lsn{}) shown.emplace_back(fmt::format("the log in the stores goes to {}", to_text(in_stores)));
    shown.emplace_back(lag_in_words(lacking));
    shown.emplace_back(spec.standby.fence.empty() ? "the policy says no command that fences the old primary" : fmt::format("the old primary is fenced by: {}", printable(join(spec.standby.fence, " "), 200)));
    Record record{"standby", {{"known", to_text(known)}, {"replayed", to_text(state.replayed)}, {"lacking", static_cast<std::int64_t>(lacking)}, {"primary_answers", primary.has_value()},
                              {"system", std::to_string(state.system)}, {"shown", Value(std::move(shown))}}};
    return {Value(std::move(record)), fmt::format("replayed {}; {}; the primary {}", to_text(state.replayed), lag_in_words(lacking), primary ? "answers" : "does not answer"), 0, 0, ""};
}

ActionResult fence(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& spec = spec_of(context, arguments);
    if (spec.standby.fence.empty()) {
        throw Error(ErrorCode::Usage, fmt::format("the policy does not say how the old primary of {} is kept from writing", spec.name.str()),
                    fmt::format("Add databases.{}.standby.fence: [\"command\", \"argument\"], then resume the run; or, where you have seen to it yourself, run it with --fenced.", spec.name.str()));
    }
    return {{}, run_command_for(context, live_place_of(spec), spec.standby.fence), 0, 0, fmt::format("fenced the old primary of {}: {}", spec.name.str(), printable(join(spec.standby.fence, " "), 120))};
}

// Two servers that both take writes are worse than none.
void require_fenced(const ActionContext& context, const DatabaseSpec& spec) {
    std::string silent;
    const auto primary = primary_of(context, spec, silent);
    if (!primary || primary->in_recovery) return;
    throw Error(ErrorCode::NotPermitted, fmt::format("the old primary of {} still takes connections and writes", spec.name.str()), "Stop it or cut it off, then resume the run: two primaries would grow apart.");
}

Lsn known_in(const ValueMap& arguments) { return parse_lsn(argument(arguments, "seen").field("known").text_or("")).value_or(Lsn{}); }

ActionResult promoted(const DatabaseSpec& spec, const StandbyState& state, const ValueMap& arguments) {
    const Lsn known = known_in(arguments);
    const std::uint64_t lost = known > state.replayed ? known.bytes - state.replayed.bytes : 0;
    Record record{"promotion", {{"timeline", static_cast<std::int64_t>(state.timeline)}, {"replayed", to_text(state.replayed)}, {"lost", static_cast<std::int64_t>(lost)}}};
    return {Value(std::move(record)),
            fmt::format("the standby of {0} takes writes, on timeline {1}{2}; name it in databases.{0}.connection now, then its log goes on there: runbook backup now {0}", spec.name.str(), state.timeline,
                        lost == 0 ? "" : fmt::format(", without {} of the old one's log", format_bytes(lost))),
            0, 0, fmt::format("promoted the standby of {} to timeline {}", spec.name.str(), state.timeline)};
}

ActionResult promote(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& spec = spec_of(context, arguments);
    StandbyEngine& engine = engine_of(context, spec);
    StandbyState state = engine.look_at_standby(spec.standby.connection, context.cancel);
    require_standby(spec, state, std::nullopt);
    if (std::to_string(state.system) != argument(arguments, "seen").field("system").text_or("")) {
        throw Error(ErrorCode::Changed, fmt::format("the standby of {} is another cluster's by now", spec.name.str()), "Begin again.");
    }
    require_fenced(context, spec);
    const Lsn known = std::max(known_in(arguments), end_in_stores(context, spec, state.system));
    const bool* accepted = argument(arguments, "accept_loss").as<bool>();
    if (state.received < known && (accepted == nullptr || !*accepted)) {
        throw Error(ErrorCode::CannotRecover,
                    fmt::format("the standby of {} has received {}, and the log goes to {}: {} would be lost", spec.name.str(), to_text(state.received), to_text(known), format_bytes(known.bytes - state.received.bytes)),
                    "Let it receive the rest and resume, or bring the cluster up from the store, which may have it: runbook run total-failure. To go on without it: --accept-loss.");
    }
    engine.promote(spec.standby.connection, context.cancel);
    StandbyState after = engine.look_at_standby(spec.standby.connection, context.cancel);
    after.replayed = std::max(after.replayed, state.received);
    return promoted(spec, after, arguments);
}

Action::Probe was_promoted(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& spec = spec_of(context, arguments);
    try {
        const StandbyState state = engine_of(context, spec).look_at_standby(spec.standby.connection, context.cancel);
        if (state.in_recovery) return {false, {}};
        return {true, promoted(spec, state, arguments)};
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        return {std::nullopt, {}};
    }
}

ActionResult repoint(const ActionContext& context, const ValueMap& arguments) {
    const DatabaseSpec& spec = spec_of(context, arguments);
    Place to = live_place_of(spec);
    to.location = spec.standby.connection;
    return run_application_command(context, to, "repoint", "point the application at the new primary");
}

}  // namespace

void add_standby_actions(ActionTable& table) {
    table.add({"standby.look", look, nullptr});
    table.add({"standby.fence", fence, nullptr});
    table.add({"standby.promote", promote, was_promoted});
    table.add({"application.repoint_to_standby", repoint, nullptr});
}

}  // namespace holdfast
