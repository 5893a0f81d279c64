#include "engine/operations/standby_health.hpp"

#include "engine/base/format.hpp"

namespace holdfast {

Diagnosis judge_standby(const DatabaseSpec& database, const StandbyState& state) {
    const std::string subject = fmt::format("standby of {}", database.name.str());
    const auto bad = [&](std::string says, std::string advice) { return Diagnosis{subject, false, std::move(says), std::move(advice)}; };
    if (!state.in_recovery) {
        return bad(fmt::format("it is a primary already, on timeline {}", state.timeline),
                   fmt::format("If it is the database now, name it in databases.{}.connection; else make the standby anew.", database.name.str()));
    }
    if (!state.may_promote) return bad("the role may not promote it", fmt::format("GRANT EXECUTE ON FUNCTION pg_promote TO \"{}\"; on the primary.", state.user));
    if (!state.is_receiving) return bad(fmt::format("it receives nothing; it has replayed {}", to_text(state.replayed)), "Look at its log, and at the primary's pg_stat_replication.");
    if (database.standby.fence.empty()) {
        return bad("the policy says no command that keeps the old primary from writing", fmt::format("Add databases.{}.standby.fence: [\"command\", \"argument\"]", database.name.str()));
    }
    return {subject, true, fmt::format("PostgreSQL {}, receiving, replayed {}", state.version, to_text(state.replayed)), ""};
}

}  // namespace holdfast
