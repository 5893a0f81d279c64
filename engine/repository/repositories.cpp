#include "engine/repository/repositories.hpp"

#include <mutex>

#include "engine/base/error.hpp"
#include "engine/crypto/secret_source.hpp"
#include "engine/repository/repair_settings.hpp"

namespace holdfast {

struct Repositories::State {
    const Policy& policy;
    const StoreRegistry& registry;
    const Clock& clock;
    fs::path folder;

    State(const Policy& policy_, const StoreRegistry& registry_, const Clock& clock_, fs::path folder_)
        : policy(policy_), registry(registry_), clock(clock_), folder(std::move(folder_)) {}

    std::mutex mutex;
    std::map<StoreName, std::unique_ptr<Store>> stores;
    std::map<StoreName, std::unique_ptr<Repository>> repositories;   // After `stores`: they use them.

    Store& store(const StoreName& name) {
        std::unique_ptr<Store>& open = stores[name];
        if (open) return *open;
        const StoreSpec* spec = policy.store(name);
        if (spec == nullptr) {
            throw Error(ErrorCode::Usage, "the policy has no store \"" + name.str() + "\"", "`runbook policy check` lists what it has.");
        }
        open = registry.open(*spec);
        return *open;
    }

    MasterKey key() const {
        if (!policy.encryption.enabled) return {};
        return {fetch_secret(policy.encryption.key)};
    }

    Repository& open(const StoreName& name, bool create) {
        std::unique_ptr<Repository>& known = repositories[name];
        if (known) return *known;
        within("store " + name.str(), [&] {
            Store& there = store(name);
            const bool exists = Repository::exists(there);
            if (!exists && !create && !has_lost_settings(there)) {
                throw Error(ErrorCode::Missing, "there is no repository in " + there.traits().description,
                            "The first `runbook tick` or `runbook backup now` makes one. If there should be one already, check the store's url.");
            }
            const RepositoryOptions options{.clock = &clock,
                                            .cache = folder / "cache" / name.str(),
                                            .workers = 0,
                                            .use_aes = policy.encryption.enabled};
            known = exists || !create ? Repository::open(there, key(), options) : Repository::create(there, key(), options);
        });
        return *known;
    }
};

Repositories::Repositories(const Policy& policy, const StoreRegistry& stores, const Clock& clock, fs::path state)
    : state_(std::make_unique<State>(policy, stores, clock, std::move(state))) {}

Repositories::~Repositories() = default;

Repository& Repositories::of(const StoreName& store) {
    const std::lock_guard lock(state_->mutex);
    return state_->open(store, false);
}

Repository& Repositories::of_or_create(const StoreName& store) {
    const std::lock_guard lock(state_->mutex);
    return state_->open(store, true);
}

Store& Repositories::store(const StoreName& store) {
    const std::lock_guard lock(state_->mutex);
    return state_->store(store);
}

}  // namespace holdfast
