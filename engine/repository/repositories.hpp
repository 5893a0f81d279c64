// The repositories of one policy, opened when first needed and kept open: store's name → Repository.
// Safe from several threads.
#pragma once

#include <memory>
#include <string>

#include "engine/model/policy.hpp"
#include "engine/repository/repository.hpp"
#include "engine/storage/registry.hpp"

namespace holdfast {

class Repositories {
public:
    // References must outlive this. `state` holds the cache folder (state/cache/<store>).
    Repositories(const Policy& policy, const StoreRegistry& stores, const Clock& clock, fs::path state);
    ~Repositories();

    // Opens it; throws Missing with the command that creates it where there is none. Resolves the key of
    // `policy.encryption` on first use. Errors name the store.
    Repository& of(const StoreName& store);
    // As of(), but makes a new repository in an empty store.
    Repository& of_or_create(const StoreName& store);
    Store& store(const StoreName& store);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast
