#include "engine/compliance/survivors.hpp"

#include <array>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, kDisasterCount> kDisasters{"accidental-deletion", "corruption", "total-failure"};

enum class Fate : std::uint8_t { Survives, Lost, Unknown };

Fate fate_of(const StoreSpec& store, const StoreSpec* home) {
    const bool local = scheme_of(store) == "file";
    if (home == nullptr) return Fate::Survives;   // Then no store is of the kind `file:`.
    if (!local) return store.site.empty() || home->site.empty() || store.site != home->site ? Fate::Survives : Fate::Lost;
    if (home->site.empty() || store.site.empty()) return Fate::Unknown;
    return store.site == home->site ? Fate::Lost : Fate::Survives;
}

}  // namespace

std::string_view name_of(Disaster disaster) { return kDisasters.at(static_cast<std::size_t>(disaster)); }

std::string_view scheme_of(const StoreSpec& store) { return std::string_view(store.url).substr(0, store.url.find(':')); }

Survivor survivor_of(const Policy& policy, const EnvironmentSpec& environment, Disaster disaster) {
    std::vector<const StoreSpec*> stores;
    for (const StoreName& name : environment.copies) {
        if (const StoreSpec* store = policy.store(name)) stores.push_back(store);
    }
    if (stores.empty()) return {.because = "there is no store"};
    if (disaster != Disaster::TotalFailure) return {.store = stores.front()};
    const StoreSpec* home = nullptr;
    for (const StoreSpec* store : stores) {
        if (home == nullptr && scheme_of(*store) == "file") home = store;
    }
    Survivor survivor;
    for (const StoreSpec* store : stores) {
        const Fate fate = fate_of(*store, home);
        if (fate == Fate::Unknown) survivor.unknown = true;
        if (fate != Fate::Survives) continue;
        if (store->site.empty()) survivor.because = fmt::format("store {} is taken to stand elsewhere than the database, its site is not said", store->name.str());
        survivor.store = store;
        survivor.is_first = store == stores.front();
        survivor.unknown = false;
        return survivor;
    }
    survivor.because = survivor.unknown ? fmt::format("nobody has said where {} stands: it may be lost with the database", home->name.str())
                                        : fmt::format("every copy stands where the database does, at {}", home->site);
    return survivor;
}

}  // namespace holdfast
