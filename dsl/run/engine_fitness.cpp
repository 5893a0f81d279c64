#include "dsl/run/engine_fitness.hpp"

#include "dsl/run/rehearse.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

// The first database among the parameters that is no file.
std::optional<std::string> database_without_file(const Installation& installation, const Runbook& runbook, const Value& parameters) {
    for (const ParameterDefinition& parameter : runbook.params) {
        const Value& given = parameters.field(parameter.name);
        if (given.record("database") == nullptr) continue;
        const std::string name = given.field("name").text_or("");
        const DatabaseSpec* spec = installation.policy.database(DatabaseName(name));
        if (spec != nullptr && installation.providers.has(spec->engine) && !installation.providers.of(spec->engine).traits().is_one_file) return name;
    }
    return std::nullopt;
}

Rehearsal walk(const Installation& installation, const Surface& surface, const Runbook& runbook, const Value& parameters) {
    try {
        return rehearse_runbook(installation, surface, runbook, parameters);
    } catch (const Error&) {
        return {};   // The run meets it too, and says it better.
    }
}

}  // namespace

void refuse_unfit_engine(const Installation& installation, const Surface& surface, const Runbook& runbook, const Value& parameters) {
    const auto database = database_without_file(installation, runbook, parameters);
    if (!database) return;
    for (const RehearsedStep& step : walk(installation, surface, runbook, parameters).steps) {
        const EffectSpec* effect = surface.effect(step.effect);
        if (effect == nullptr || !effect->on_file) continue;
        const EngineKind engine = installation.database(DatabaseName(*database)).engine;
        throw Error(ErrorCode::Unavailable, fmt::format("{} cannot be run on {}: {} ({}) is not in this build for {}", runbook.name, *database, step.effect, step.title, name_of(engine)),
                    "Nothing was done. Without --to the rows go into the live database; `runbook restore` makes a data directory of any moment.");
    }
}

}  // namespace holdfast
