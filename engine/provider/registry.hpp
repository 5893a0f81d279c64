// Which database engines this build has. Filled by engine/app.
#pragma once

#include <memory>
#include <vector>

#include "engine/provider/provider.hpp"

namespace holdfast {

class ProviderRegistry {
public:
    void add(std::unique_ptr<Provider> provider);
    bool has(EngineKind engine) const;
    // Throws Error{Unavailable} that says which engines this build has.
    Provider& of(EngineKind engine) const;
    std::vector<EngineKind> engines() const;

private:
    std::vector<std::unique_ptr<Provider>> providers_;
};

}  // namespace holdfast
