#include "dsl/prelude/guards.hpp"

#include "dsl/prelude/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

std::string subject_of(const Value& value) {
    if (value.is_unknown()) return for_people(value);
    return database_of(value);
}

std::string subject_of(const ValueMap& arguments, const std::string& name) {
    const auto found = arguments.find(name);
    return found == arguments.end() ? std::string() : subject_of(found->second);
}

}  // namespace

void LiveGuards::done(const EffectSpec& effect, const ValueMap& arguments) {
    if (effect.backs_up.empty()) return;
    if (const std::string database = subject_of(arguments, effect.backs_up); !database.empty()) backed_up_.insert(database);
}

void LiveGuards::approved(const ValueMap& fields) {
    for (const auto& [name, value] : fields) {
        if (name == "shows") continue;   // Evidence is looked at, not agreed to.
        if (const std::string database = subject_of(value); !database.empty()) approved_.insert(database);
    }
}

std::string LiveGuards::changed_by(const EffectSpec& effect, const ValueMap& arguments) {
    return effect.writes_live.empty() ? std::string() : subject_of(arguments, effect.writes_live);
}

bool LiveGuards::has_wanted_approval(const EffectSpec& effect, const ValueMap& arguments) const {
    return effect.wants_approval.empty() || is_approved(subject_of(arguments, effect.wants_approval));
}

void LiveGuards::check(const EffectSpec& effect, const ValueMap& arguments) const {
    if (!has_wanted_approval(effect, arguments)) {
        throw Error(ErrorCode::NotPermitted, fmt::format("{} would act on {}, which nobody has approved", effect.name, subject_of(arguments, effect.wants_approval)),
                    "Put `approve { \"…\", into = …, shows = … }` before it in the runbook.");
    }
    if (effect.writes_live.empty()) return;
    const std::string database = changed_by(effect, arguments);
    if (!is_backed_up(database)) {
        throw Error(ErrorCode::NotPermitted, fmt::format("{} would change {}, which this run has not backed up", effect.name, database),
                    "Put a step with backup.now before it in the runbook.");
    }
    if (!is_approved(database)) {
        throw Error(ErrorCode::NotPermitted, fmt::format("{} would change {}, which nobody has approved", effect.name, database),
                    "Put `approve { \"…\", into = …, shows = … }` before it in the runbook.");
    }
}

}  // namespace holdfast
