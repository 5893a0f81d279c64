// What the program was built with and where it stands: given once by engine/app to everything a user can ask for.
#pragma once

#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"
#include "engine/notices/courier.hpp"
#include "engine/provider/registry.hpp"
#include "engine/storage/registry.hpp"

namespace holdfast {

// References outlive every operation.
struct Built {
    const StoreRegistry& stores;
    const ProviderRegistry& providers;
    const Clock& clock;
    std::string version;
    std::vector<fs::path> shipped_runbooks;   // Folders, the first that has a runbook wins; they may be missing.
    const Courier* courier = nullptr;         // Nothing: this build can run commands for `notify:`, and no more.
};

}  // namespace holdfast
