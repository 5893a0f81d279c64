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

void Provider::begin_overwriting(const std::string&) {}

std::string Provider::open_copy(const CopyOpening&, const WorkContext&) { return {}; }
void Provider::close_copies(const fs::path&) {}
std::vector<std::string> Provider::what_next(const Place&) { return {}; }
CopyLocation Provider::read_location(const std::string& text) { return {.path = text}; }
ProgramAddress Provider::address_for_programs(const Place& place) { return {.location = place.location}; }

void Provider::require_free_port(std::uint16_t) {
    throw Error(ErrorCode::Usage, std::string(name_of(engine())) + " has no server that would listen on a port", "Leave out --port.");
}

std::unique_ptr<LogCapture> Provider::capture_log(const Place& place, const WorkContext&) {
    throw Error(ErrorCode::Unavailable, "log backups of " + place.database.str() + " are not in this build", "Use full and incremental backups.");
}

namespace {

[[noreturn]] void not_in_this_build(const Place& place, std::string_view what, const std::string& hint) {
    throw Error(ErrorCode::Unavailable, std::string(what) + " of " + std::string(name_of(place.engine)) + " is not in this build", hint);
}

constexpr const char* kByHand = "Restore beside the live database, and replace it by hand.";

}  // namespace

BackupFacts Provider::dump(const Place& place, const DumpSelection&, ImageSink&, const WorkContext&) {
    not_in_this_build(place, "a logical backup", "Use full and incremental backups.");
}

std::unique_ptr<SqlReader> Provider::ask_copy(const Place& copy, const WorkContext&) { not_in_this_build(copy, "asking a copy", "Open it with the engine's own program."); }
ScriptFacts Provider::write_script(const ScriptOrder& order, const WorkContext&) {
    not_in_this_build(order.copy, "writing rows to a script", "Write them into a new database instead.");
}

std::optional<std::string> Provider::ask(const Place& place, const std::string&) { not_in_this_build(place, "a probe by SQL", "Give application.probe a command."); }

BackupFacts Provider::keep_raw(const Place& place, ImageSink&, const WorkContext&) {
    not_in_this_build(place, "keeping damaged files", "Copy them away by hand before anything is done to them.");
}

std::unique_ptr<RowReader> Provider::read_what_is_readable(const Place& damaged, const Place&, const fs::path&, const WorkContext&) {
    not_in_this_build(damaged, "reading a damaged database", "Compare without skip_unreadable.");
}

SwapResult Provider::swap_in(const SwapRequest& request, const WorkContext&) { not_in_this_build(request.live, "replacing a live database", kByHand); }

std::optional<bool> Provider::settle_swap(const fs::path&, const Place&, const WorkContext&) { return false; }

SwapResult Provider::swap_back(const fs::path&, const Place&, const WorkContext&) {
    throw Error(ErrorCode::Unavailable, "putting replaced files back is not in this build for this engine", kByHand);
}

Place live_place_of(const DatabaseSpec& spec) {
    return {.database = spec.name,
            .engine = spec.engine,
            .location = spec.engine == EngineKind::Sqlite ? spec.path : spec.connection,
            .is_copy = false,
            .server = spec.server};
}

}  // namespace holdfast
