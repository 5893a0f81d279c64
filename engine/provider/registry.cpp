#include "engine/provider/registry.hpp"

#include "engine/base/error.hpp"
#include "engine/base/text.hpp"

namespace holdfast {

void ProviderRegistry::add(std::unique_ptr<Provider> provider) { providers_.push_back(std::move(provider)); }

bool ProviderRegistry::has(EngineKind engine) const {
    for (const auto& provider : providers_) {
        if (provider->engine() == engine) return true;
    }
    return false;
}

Provider& ProviderRegistry::of(EngineKind engine) const {
    std::vector<std::string> names;
    for (const auto& provider : providers_) {
        if (provider->engine() == engine) return *provider;
        names.emplace_back(name_of(provider->engine()));
    }
    throw Error(ErrorCode::Unavailable, "engine " + std::string(name_of(engine)) + " is not in this build",
                "This build has: " + join(names, ", ") + ".");
}

std::vector<EngineKind> ProviderRegistry::engines() const {
    std::vector<EngineKind> engines;
    for (const auto& provider : providers_) engines.push_back(provider->engine());
    return engines;
}

std::unique_ptr<LogCapture> Provider::capture_log(const Place& place, const WorkContext&) {
    throw Error(ErrorCode::Unavailable, "log backups of " + place.database.str() + " are not in this build", "Use full and incremental backups.");
}

Place live_place_of(const DatabaseSpec& spec) {
    return {.database = spec.name,
            .engine = spec.engine,
            .location = spec.engine == EngineKind::Sqlite ? spec.path : spec.connection,
            .is_copy = false};
}

}  // namespace holdfast
